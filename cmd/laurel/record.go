package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/internal/baking"
	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer"
)

// statementView is a record or an endorsement as the command line shows it.
type statementView struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	About       string    `json:"about"`
	Awards      []string  `json:"awards,omitempty"`
	Status      string    `json:"status"`
	URL         string    `json:"url"`
	Attached    string    `json:"attached,omitempty"`
	Replayed    bool      `json:"replayed,omitempty"`
	Signed      string    `json:"signed"`
	ListOverdue *lateView `json:"list_overdue,omitempty"`
}

func (a *app) viewStatement(x issuer.Statement) statementView {
	v := statementView{ID: x.ID, Name: x.Name, About: x.About, Awards: x.Awards, Status: "active", URL: a.awards.StatementURL(x),
		Signed: string(x.Signed), ListOverdue: a.late(x.StatusList)}
	if x.Revocation != nil {
		v.Status = "revoked"
	}
	return v
}

// formFlags say how a statement is signed.
type formFlags struct{ form, suite, alg string }

func (x *formFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&x.form, "form", "", "ob-jwt (default), vc-jwt or data-integrity")
	cmd.Flags().StringVar(&x.suite, "cryptosuite", "", "of data-integrity; default: eddsa-rdfc-2022")
	cmd.Flags().StringVar(&x.alg, "alg", "", "algorithm of the signature; default: the issuer's")
}

func (x *formFlags) as() issuer.As {
	return issuer.As{Form: proof.Form(x.form), Cryptosuite: x.suite, Alg: keys.Algorithm(x.alg)}
}

func newRecord(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use: "record", Short: "Put several awards of one learner into a learner record (CLR 2.0)", Args: exactly(0, "flags only"),
		Long: `Put several awards of one learner into a signed learner record: those that --award names, or all that hold of the learner with
that e-mail address or id. The record has a status of its own; revoke it with laurel revoke rec_….
An association is written SOURCE:TYPE:TARGET, each end an award of the record or an achievement (id or slug), the type one of
exactMatchOf, isChildOf, isParentOf, isPartOf, isPeerOf, isRelatedTo, precedes, replacedBy.`,
		Example: "  laurel record --email ana@example.org --name Transcript --associate first-aid:isPartOf:health-worker --out record.png",
	}
	var x issuer.RecordRequest
	var how formFlags
	var partial string
	f := cmd.Flags()
	f.StringVar(&x.IssuerRef, "issuer", "", "id, slug or DID; may be left out when there is one issuer")
	f.StringSliceVar(&x.Awards, "award", nil, "an award that goes in; again for each, or with commas")
	f.StringVar(&x.Recipient.Email, "email", "", "all awards of the learner with this e-mail address go in")
	f.StringVar(&x.Recipient.ID, "recipient-id", "", "all awards of the learner with this DID or URI go in")
	f.StringVar(&x.Name, "name", "", "of the record; default: Learner record")
	f.StringVar(&x.Description, "description", "", "what the record is")
	f.StringVar(&partial, "partial", "", "yes: you know of more than stands in it; no: that is all; default: found out")
	f.StringVar(&x.ExternalID, "external-id", "", "your own id of this record; the same id twice is one record")
	associations := f.StringArray("associate", nil, "how two achievements belong together: SOURCE:TYPE:TARGET")
	out := f.String("out", "", "write the record to this file: .png or .svg bakes it into a picture, anything else gets it as it was signed")
	how.add(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		x.As, x.Actor = how.as(), actorCLI
		switch partial {
		case "":
		case "yes", "no":
			said := partial == "yes"
			x.Partial = &said
		default:
			return usage{fmt.Errorf("--partial takes yes or no")}
		}
		for _, text := range *associations {
			parts := strings.Split(text, ":")
			if len(parts) != 3 {
				return usage{fmt.Errorf("--associate takes SOURCE:TYPE:TARGET, %q is none", text)}
			}
			x.Associations = append(x.Associations, issuer.Association{Source: parts[0], Type: parts[1], Target: parts[2]})
		}
		return withApp(cmd, t, func(a *app) error {
			made, replayed, err := a.awards.Record(cmd.Context(), x)
			if err != nil {
				return err
			}
			if *out != "" {
				if err := writeRecord(*out, made); err != nil {
					return err
				}
			}
			v := a.viewStatement(made)
			v.Replayed = replayed
			return show(cmd, t, v, func(w io.Writer) {
				printStatement(w, v)
				say(w, "  awards  %d\n", len(v.Awards))
			})
		})
	}
	return withJSON(cmd)
}

// writeRecord writes a record to a file, into a picture where the name asks for one.
func writeRecord(name string, x issuer.Statement) error {
	body, media, bake := x.Signed, "", baking.Record.BakePNG
	switch strings.ToLower(filepath.Ext(name)) {
	case ".png":
		media = "image/png"
	case ".svg":
		media, bake = "image/svg+xml", baking.Record.BakeSVG
	}
	if media != "" {
		picture, err := badgePictures{}.Named(x.Name, media)
		if err != nil {
			return err
		}
		if body, err = bake(picture, x.Signed); err != nil {
			return err
		}
	}
	return writeFile(name, func(w io.Writer) error { _, err := w.Write(body); return err })
}

func printStatement(w io.Writer, v statementView) {
	if v.Replayed {
		sayln(w, "This was made before; nothing was changed.")
	}
	if v.Status == "revoked" {
		sayln(w, "It is revoked, for good.")
	}
	say(w, "%s\n  id      %s\n  about   %s\n  at      %s\n", plain(v.Name), v.ID, plain(v.About), v.URL)
}

func newEndorse(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use: "endorse", Short: "Endorse an achievement, an issuer or a credential, or attach an endorsement", Args: exactly(0, "flags only"),
		Long: `Endorse an achievement, an issuer's profile or a credential, one of this deployment's or any other (--of). The signed endorsement
is printed with --json, or written with --out, to be sent to whom it is about.
With --attach, an endorsement of something of this deployment stands in what is awarded from then on; an achievement's is bound to
its version. --attach-file does the same with one that was received: it is verified first, and its issuer must be trusted.`,
		Example: "  laurel endorse --achievement first-aid --comment \"We take this as proof of first aid.\" --attach\n" +
			"  laurel endorse --of did:web:school.example --out endorsement.jwt\n  laurel endorse --attach-file received.jwt",
	}
	var x issuer.EndorseRequest
	var how formFlags
	f := cmd.Flags()
	f.StringVar(&x.IssuerRef, "issuer", "", "who endorses: id, slug or DID; may be left out when there is one issuer")
	f.StringVar(&x.Achievement, "achievement", "", "endorse this achievement: id, or slug under the issuer")
	f.IntVar(&x.Version, "version", 0, "of the achievement; default: the newest")
	f.StringVar(&x.Profile, "profile", "", "endorse this issuer of the deployment: id, slug or DID")
	f.StringVar(&x.Credential, "credential", "", "endorse this credential of the deployment: id or address")
	f.StringVar(&x.Of, "of", "", "endorse anything else: its DID or URI")
	f.StringVar(&x.Name, "name", "", "of the endorsement")
	f.StringVar(&x.Comment, "comment", "", "what is said, in Markdown")
	f.StringVar(&x.ExternalID, "external-id", "", "your own id of this endorsement; the same id twice is one endorsement")
	ends := f.String("expires-at", "", "when it ends (2027-01-31T09:00:00Z); default: never")
	attach := f.Bool("attach", false, "let it stand in what is awarded from now on")
	received := f.String("attach-file", "", "attach this endorsement that was received (- for standard input)")
	out := f.String("out", "", "write the endorsement to this file")
	how.add(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		x.As, x.Actor = how.as(), actorCLI
		if *ends != "" {
			var err error
			if x.ExpiresAt, err = credential.ParseTime(*ends); err != nil {
				return fault.New(fault.Invalid, err, "--expires-at takes a date and time with an offset, such as 2027-01-31T09:00:00Z")
			}
		}
		return withApp(cmd, t, func(a *app) error {
			if *received != "" {
				return a.attachFile(cmd, t, *received)
			}
			return a.endorse(cmd, t, x, endorseThen{*attach, *out})
		})
	}
	return withJSON(cmd)
}

// endorseThen is what happens to an endorsement once it is made.
type endorseThen struct {
	attach bool
	out    string
}

func (a *app) endorse(cmd *cobra.Command, t terminal, x issuer.EndorseRequest, then endorseThen) error {
	made, replayed, err := a.awards.Endorse(cmd.Context(), x)
	if err != nil {
		return err
	}
	v := a.viewStatement(made)
	v.Replayed = replayed
	if then.attach {
		at, err := a.awards.Attach(cmd.Context(), made.Signed, actorCLI, everyIssuer)
		if err != nil {
			return err
		}
		v.Attached = at.ID
	}
	if then.out != "" {
		if err := writeFile(then.out, func(w io.Writer) error { _, err := w.Write(made.Signed); return err }); err != nil {
			return err
		}
	}
	return show(cmd, t, v, func(w io.Writer) {
		printStatement(w, v)
		if v.Attached != "" {
			say(w, "  attached, so that it stands in what is awarded from now on (%s)\n", v.Attached)
		}
	})
}

func (a *app) attachFile(cmd *cobra.Command, t terminal, name string) error {
	signed, err := readInputFile(t, name)
	if err != nil {
		return err
	}
	at, err := a.awards.Attach(cmd.Context(), signed, actorCLI, everyIssuer)
	if err != nil {
		return err
	}
	v := struct {
		ID     string `json:"id"`
		Target string `json:"target"`
		By     string `json:"by"`
		Name   string `json:"name"`
	}{at.ID, at.Target, at.By, at.Name}
	return show(cmd, t, v, func(w io.Writer) {
		say(w, "Attached: %s, by %s\n  about   %s\n  id      %s\n", plain(v.Name), plain(v.By), plain(v.Target), v.ID)
	})
}

// everyIssuer lets the operator decide for every issuer of the deployment.
func everyIssuer(string) error { return nil }

// revokeStatement revokes a record or an endorsement.
func (a *app) revokeStatement(cmd *cobra.Command, t terminal, id string, step issuer.Step) error {
	got, err := a.awards.RevokeStatement(cmd.Context(), id, step)
	if err != nil {
		return err
	}
	v := a.viewStatement(got)
	return show(cmd, t, v, func(w io.Writer) {
		say(w, "Revoked: %s (%s)\n", v.ID, plain(v.Name))
		if r := got.Revocation; r != nil && r.Reason != step.Reason {
			say(w, "It was revoked before, at %s; that reason stays: %s\n", r.At.UTC().Format(time.RFC3339), plain(r.Reason))
		}
		v.ListOverdue.say(w)
	})
}
