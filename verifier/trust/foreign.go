package trust

import (
	"crypto/x509"
	"encoding/base64"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/ijson"
)

// addRegistry takes over a registry of the Digital Credentials Consortium: an object of DIDs, each with a name. What else it
// says about them is for people.
func (l *List) addRegistry(r ijson.Value) error {
	if r.Kind() != ijson.Object {
		return wrong("/registry", "an object of DIDs was expected")
	}
	for _, m := range r.Members() {
		e := Entry{ID: m.Name, Name: m.Value.Member("name").Text()}
		if err := e.check(); err != nil {
			return wrong(ijson.Pointer("/registry", m.Name), "%s", err.Error())
		}
		l.add(e)
	}
	return nil
}

// addEntities takes over a list of trusted entities (ETSI TS 119 602, JSON binding). Such lists identify by certificates; an
// entry counts for us when it also says an identifier that credentials use: among OtherIds, as ServiceUniqueIdentifier, or as
// a URI in the certificate's subject alternative names. A service that is not granted is not believed.
func (l *List) addEntities(lote ijson.Value) error {
	list := lote.Member("TrustedEntitiesList")
	if list.Kind() != ijson.Array {
		return wrong("/LoTE/TrustedEntitiesList", "a list of trusted entities was expected")
	}
	by := firstText(lote.Member("ListAndSchemeInformation").Member("SchemeOperatorName"))
	until, err := nextUpdate(lote)
	if err != nil {
		return err
	}
	for i, entity := range list.Elems() {
		at := ijson.Index("/LoTE/TrustedEntitiesList", i)
		names := entity.Member("TrustedEntityInformation").Member("TEName")
		for j, service := range entity.Member("TrustedEntityServices").Items() {
			about := Entry{Name: firstText(names), Names: texts(names), By: by, Until: until}
			if err := l.addService(service.Member("ServiceInformation"), about, ijson.Index(at+"/TrustedEntityServices", j)); err != nil {
				return err
			}
		}
	}
	return nil
}

// nextUpdate is the moment after which the list says nothing any more.
func nextUpdate(lote ijson.Value) (until time.Time, err error) {
	text := lote.Member("ListAndSchemeInformation").Member("NextUpdate").Text()
	if text == "" {
		return until, nil
	}
	if until, err = credential.ParseTime(text); err != nil {
		return until, wrong("/LoTE/ListAndSchemeInformation/NextUpdate", "%.40q is no time", text)
	}
	return until, nil
}

func (l *List) addService(info ijson.Value, e Entry, at string) error {
	if status := info.Member("ServiceStatus").Text(); status != "" && !strings.HasSuffix(status, "/granted") {
		return nil
	}
	if since := info.Member("StatusStartingTime").Text(); since != "" {
		from, err := credential.ParseTime(since)
		if err != nil {
			return wrong(at+"/ServiceInformation/StatusStartingTime", "%.40q is no time", since)
		}
		e.From = from
	}
	seen := map[string]bool{}
	for _, id := range identifiers(info) {
		if seen[id] || badID(id) != "" {
			continue
		}
		seen[id], e.ID = true, id
		if err := e.check(); err != nil {
			return wrong(at, "%s", err.Error())
		}
		l.add(e)
	}
	return nil
}

// identifiers lists what a service calls itself by: DIDs and https addresses.
func identifiers(info ijson.Value) []string {
	identity := info.Member("ServiceDigitalIdentity")
	out := identity.Member("OtherIds").Texts()
	for _, x := range info.Member("ServiceInformationExtensions").Items() {
		out = append(out, x.Member("ServiceUniqueIdentifier").Text())
	}
	for _, c := range identity.Member("X509Certificates").Items() {
		der, err := base64.StdEncoding.DecodeString(c.Member("val").Text())
		if err != nil {
			continue
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			continue
		}
		for _, u := range cert.URIs {
			out = append(out, u.String())
		}
	}
	return out
}

// texts reads names in several languages: a list of {"lang", "value"}.
func texts(v ijson.Value) map[string]string {
	out := map[string]string{}
	for _, n := range v.Items() {
		if lang, text := n.Member("lang").Text(), n.Member("value").Text(); lang != "" && text != "" {
			out[lang] = text
		}
	}
	return out
}

// firstText prefers English.
func firstText(v ijson.Value) string {
	all := texts(v)
	if t := all["en"]; t != "" {
		return t
	}
	for _, n := range v.Items() {
		return n.Member("value").Text()
	}
	return ""
}
