package arch

// Table places every package of a module in a layer and names what a layer may not know.
type Table struct {
	Layers    []Layer
	SameLayer []Edge   // allowed imports within a layer that is not free
	Sides     []string // trees that never import each other
	Edge      int      // the lowest layer that may know EdgeOnly and open a listening socket
	EdgeOnly  []Ban
	TestOnly  []Ban // import paths for tests and the top layer alone
}

// Layer is one row: a package may import those of lower rows.
type Layer struct {
	Number   int
	Free     bool     // the packages of this layer may import each other
	Packages []string // paths within the module; "x/..." is x and everything below it
}

// Edge is one allowed import.
type Edge struct{ Importer, Imported string }

// Ban is an import path with everything below it, and what it is in a few words.
type Ban struct{ Path, What string }

// Laurel returns the table of this module. It is the one place where a new package gets its layer.
func Laurel() Table {
	return Table{
		Layers: []Layer{
			{Number: 0, Free: true, Packages: []string{
				"internal/explain", "internal/fault", "internal/limits", "internal/i18n", "internal/ijson", "internal/event", "internal/randid",
				"schemas", "contexts", "testvectors",
			}},
			{Number: 1, Free: true, Packages: []string{
				"internal/credential", "internal/cbor", "internal/keys", "internal/status", "internal/fetch", "internal/baking", "internal/qr",
				"internal/picture", "internal/drawing", "internal/pdf", "internal/paper",
			}},
			{Number: 2, Free: true, Packages: []string{"internal/proof/...", "internal/did", "internal/jsonld"}},
			// issuer/keyring and issuer/access are parts of the issuing core like catalog. Sides keeps the two halves apart.
			{Number: 3, Free: true, Packages: []string{
				"issuer/catalog", "issuer/issuance", "issuer/statuslist", "issuer/offer", "issuer/batch", "issuer/keyring",
				"issuer/signlog", "issuer/access", "issuer/archive", "issuer/wallet", "issuer/certificate",
				"verifier/intake", "verifier/trust",
			}},
			{Number: 4, Packages: []string{"issuer", "issuer/learner", "issuer/mailing", "verifier", "verifier/request", "verifier/receipt", "verifier/offline"}},
			{Number: 5, Packages: []string{
				"internal/store/...", "internal/mail", "internal/problem", "internal/config", "internal/ledger",
				"internal/holder/...", "internal/passkey", "internal/oidc", "web",
			}},
			{Number: 6, Packages: []string{
				"issuer/api", "issuer/pages", "issuer/publish", "issuer/openid4vci", "issuer/exchange", "issuer/vcapi",
				"verifier/api", "verifier/pages", "verifier/view", "verifier/openid4vp", "verifier/exchange", "verifier/vcapi",
				"internal/server",
			}},
			// The binary, and what only builds, tests or measures.
			{Number: 7, Free: true, Packages: []string{
				"cmd/...", "internal/arch", "internal/bench/...", "internal/mutate/...", "internal/store/storetest", "verifier/verifiertest",
				"internal/pdf/pdftest", "internal/passkey/passkeytest", "internal/oidc/oidctest", "internal/paper/papertest", "web/webtest", "test/...", "scripts/...",
			}},
		},
		SameLayer: []Edge{
			{"issuer/mailing", "issuer"}, // what learners are told of their awards
			{"issuer/mailing", "issuer/learner"},
			{"issuer/learner", "issuer"},     // what learners do with their awards
			{"verifier/request", "verifier"}, // a question to a wallet, whose answer the verifier judges
			{"verifier/offline", "verifier"}, // its verifier, with what was kept
			{"verifier/pages", "verifier/view"},
			{"verifier/receipt", "verifier"}, // what it found, signed
			{"web", "internal/problem"},      // a page that cannot be shown answers with a problem
		},
		Sides: []string{"issuer", "verifier"},
		Edge:  5,
		EdgeOnly: []Ban{
			{"github.com/gin-gonic", "gin"},
			{"github.com/danielgtaylor/huma", "the API framework"},
			{"database/sql", "SQL"},
			{"modernc.org/sqlite", "SQL"},
			{"github.com/jackc/pgx", "SQL"},
			{"github.com/riverqueue", "the job queue"},
			{"html/template", "a template"},
			{"text/template", "a template"},
			{"os", "the disk"},
			{"io/ioutil", "the disk"},
			{"syscall", "the operating system"},
			{"golang.org/x/sys", "the operating system"},
			{"github.com/spf13/cobra", "the command line"},
		},
		TestOnly: []Ban{
			{"github.com/google/go-cmp", "a library for tests"},
			{"github.com/rogpeppe/go-internal", "a library for tests"},
			{"github.com/santhosh-tekuri/jsonschema", "a library for tests"},
		},
	}
}
