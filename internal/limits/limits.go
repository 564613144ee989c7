// Package limits holds every bound of Laurel in one file: sizes, depths, counts and times.
//
// What exceeds a bound is refused with a code "limits.…"; nothing is cut silently.
package limits

import "time"

// Bounds on documents that come from strangers.
const (
	CredentialBytes         = 256 << 10 // one credential, as JSON or compact JWS
	ImageBytes              = 5 << 20   // one picture, baked or photographed
	ImagePixels             = 25_000_000
	PixelBytes              = 100 << 20 // of the pixels of one picture, as they are decoded
	ImageScans              = 64        // passes over a JPEG, which a few bytes may ask for
	PicturesAtOnce          = 2         // pictures whose pixels are looked at in the same moment
	JSONDepth               = 64
	JSONMembers             = 10_000 // members and array elements of one document
	TextBytes               = 64 << 10
	RequestBytes            = 8 << 20   // one request body; an image in base64 fits
	VerifyFiles             = 20        // files that are handed over at once to be checked
	VerifyBytes             = 32 << 20  // all of them, and the form around them
	VerifyAtOnce            = 4         // of these, how many are looked at in the same moment
	ReceiptBytes            = 16 << 10  // the payload of one receipt
	Receipts                = 100_000   // that are kept at the same time
	ReceiptsDaily           = 500       // of one address; in ReceiptLife less than half of Receipts
	PackBytes               = 8 << 20   // of what a browser keeps to check without a network
	PackDocument            = 256 << 10 // one document in it
	PackDocuments           = 256
	PackLists               = 32 // of the deployment itself
	HeaderBytes             = 32 << 10
	CSVBytes                = 64 << 20
	CSVRows                 = 1_000_000
	CSVFieldBytes           = 64 << 10
	BatchRepairs            = 500 // rows of an upload that are repaired on the page
	BatchHeadings           = 500 // headings that are remembered for an issuer
	BatchFailures           = 500 // refused rows of an upload that are named
	Subjects                = 16  // credentialSubject entries
	StatusEntries           = 8   // credentialStatus entries
	NestedDepth             = 4   // endorsements and CLR members inside one another
	NestedCount             = 256 // nested credentials of one document
	PresentationCredentials = 32  // credentials of one presentation
	LookUps                 = 32  // different addresses that are asked for one document, with all that is nested in it
	InflatedBytes           = 8 << 20
	WalletBatch             = 10     // keys of one order of a wallet, each for a credential of its own
	OffersOfAward           = 100    // claim links of one award that work
	KeyPlan                 = 20_000 // credentials of a key that a request looks at to say what its withdrawal would do
	TrustLists              = 32     // lists that are followed, with those that they follow
	TrustListDepth          = 2      // a list that is followed, and one that that list follows
)

// Bounds on reading a PDF document for its attachments. The document itself is at most ImageBytes.
const (
	PDFObjects       = 1 << 16
	PDFValues        = 200_000  // numbers, names, texts and the like of the objects that are read
	PDFReadBytes     = 32 << 20 // looked through, some of it more than once
	PDFInflatedBytes = 12 << 20 // of all streams that are unpacked
	PDFNameBytes     = 1024
	PDFDepth         = 32
	PDFRevisions     = 64
	PDFFiles         = 32
)

// Bounds on what is kept in memory to work faster. Beyond them work takes longer, and nothing else changes.
const (
	TemplateKinds  = 256 // kinds of documents of one signing key that are signed by templates
	TemplateShapes = 4   // templates of one kind: with and without optional members
)

// Bounds on status lists (Bitstring Status List v1.0 §6: at least 131,072 entries).
const (
	StatusListMinimum = 131_072
	StatusListMaximum = 1 << 26
	StatusListTTL     = 30 * time.Second // ttl and Cache-Control of our own lists: half of the 60 s promise
	StatusListLife    = 24 * time.Hour   // validUntil of our own lists
	StatusTTLMaximum  = time.Hour        // a foreign ttl is clipped to this
	StatusMaximumAge  = 30 * 24 * time.Hour
	TrustListAge      = 10 * time.Minute     // a followed trust list is asked for again after that
	TrustListPause    = 30 * time.Second     // and after a failure
	TrustListLife     = 400 * 24 * time.Hour // from iat to exp, at most
)

// Bounds on outgoing requests.
const (
	FetchTimeout     = 5 * time.Second
	FetchBytes       = 1 << 20
	FetchRedirects   = 3
	FetchConcurrency = 16
	FetchPerHost     = 4
)

// Bounds on signers outside of the process.
const (
	SignerTimeout    = 5 * time.Second // one signature
	SignerMakes      = time.Minute     // one new key
	SignerBytes      = 16 << 10        // one answer
	SignerConcurrent = 16              // connections, or sessions of a token
)

// Bounds on time in credentials and protocols.
const (
	ClockSkew         = 60 * time.Second    // protocol tokens only; validity of credentials has none
	PresentationAge   = 5 * time.Minute     // from when a wallet makes a presentation to when it is judged
	RequestLife       = 10 * time.Minute    // of a question to a wallet
	RequestsOpen      = 5000                // questions of strangers that wait at the same moment; the next is refused
	RequestsOfOne     = 30                  // of one address among them, unless configured
	RequestsOfKnown   = 1000                // of one token or person, unless configured
	CertificateNotice = 21 * 24 * time.Hour // before a certificate for requests ends, the log says so
	Editions          = 50                  // newest versions of an achievement that a question to a wallet names
	RequestKept       = 30 * time.Minute    // how long its answer is kept after that
	ReceiptDraft      = time.Hour           // a result can be saved so long after it was shown
	ReceiptLife       = 90 * 24 * time.Hour // of a saved receipt
	OfferLife         = 30 * 24 * time.Hour
	OfferLifeLeast    = 5 * time.Minute // of a further claim link
	OfferLifeOwn      = 24 * time.Hour  // of one that a learner makes for themselves
	OfferLifeMost     = 366 * 24 * time.Hour
	OfferAskPause     = 24 * time.Hour       // between two wishes of a learner for a new claim link
	WalletCodeLife    = 10 * time.Minute     // a pre-authorised code, from when the offer is read
	WalletTokenLife   = 10 * time.Minute     // the access token that a code is changed into
	NonceLife         = 5 * time.Minute      // a c_nonce
	ChallengeLife     = time.Hour            // a challenge that stands on a page
	TxCodeTries       = 5                    // of one offer; then it is dead
	LearnerLinkLife   = 180 * 24 * time.Hour // the link to all badges of a learner
	SlipLinkLife      = 400 * 24 * time.Hour // the same on paper, which reaches people late
	LearnerAskPause   = 24 * time.Hour       // between two wishes for a new one
	SignInLife        = 24 * time.Hour
	BatchDraft        = 24 * time.Hour     // how long an upload waits for its confirmation
	BatchUndo         = 7 * 24 * time.Hour // how long an upload can be undone, and its file is kept
	BatchLease        = 30 * time.Second   // how long a process that says nothing keeps an upload
	BatchProgress     = time.Second        // between two counts of an upload that runs
	SessionLife       = 12 * time.Hour
	CeremonyLife      = 5 * time.Minute    // of a challenge to a passkey, and of a way to single sign-on
	InviteLife        = 7 * 24 * time.Hour // of the link that an owner hands to somebody
	RSAModulusMin     = 2048
	RSAModulusMax     = 8192
	KeyNotice         = 24 * time.Hour // how long a new key is published before it signs, unless configured

	// Authorisation by a person: the state in an offer, a pushed request, and the code that their word gives.
	AuthorizationLife     = time.Hour
	PushedLife            = 10 * time.Minute
	AuthorizationCodeLife = time.Minute
	DeferralLife          = 7 * 24 * time.Hour // how long an order of a wallet waits for a signature
	DeferralPause         = 30 * time.Second   // between two questions of a wallet for it
	DeliveryKept          = 90 * 24 * time.Hour
)

// Bounds on what learners ask of issuers.
const (
	LearnerWishes      = 20      // open ones about one award
	LearnerWishesShown = 500     // in one list
	LearnerRecords     = 100     // in the file with everything of a learner
	Slips              = 500     // of one document
	MailPicture        = 1 << 20 // bytes of a picture in a mail that somebody else sends
)

// Bounds on mail to learners.
const (
	MailAttempts = 10                 // of one mail, over some three days
	MailTaken    = 10 * time.Minute   // after which a mail that somebody took and did not bring back is unclear
	MailSettled  = 30 * time.Second   // after which no event with a lower number appears any more
	MailNews     = 72 * time.Hour     // older events are no news
	MailReminder = 7 * 24 * time.Hour // after which a learner is reminded, unless configured
	MailTimeout  = 30 * time.Second   // of one talk with the mail server
)

// Pictures of achievements as pages show them: at most 208 CSS pixels wide, and part of a first view of 50 KiB.
const (
	ShownBytes = 24 << 10
	ShownSide  = 416
	ShownKept  = 128  // that were made lighter
	PrintSide  = 1000 // of a picture on paper
)

// Bounds on drawings that are turned into pixels.
const (
	DrawingDepth      = 128
	DrawingRules      = 5000        // of style sheets
	DrawingStops      = 64          // of a gradient
	DrawingReferences = 32          // of use, clip paths and masks, one through the other
	DrawingEdges      = 200_000     // of one shape
	DrawingDashes     = 20_000      // of one line
	DrawingLayers     = 8           // inside one another, each with an opacity, clip path or mask
	DrawingWork       = 100_000_000 // pixels and edges that are looked at: less than a second
)
