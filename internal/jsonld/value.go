package jsonld

import (
	"math"
	"strconv"
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
)

const (
	rdfNS      = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	rdfType    = rdfNS + "type"
	rdfFirst   = rdfNS + "first"
	rdfRest    = rdfNS + "rest"
	rdfNil     = rdfNS + "nil"
	rdfJSON    = rdfNS + "JSON"
	xsdNS      = "http://www.w3.org/2001/XMLSchema#"
	xsdBoolean = xsdNS + "boolean"
	xsdInteger = xsdNS + "integer"
	xsdDouble  = xsdNS + "double"
	i18nNS     = "https://www.w3.org/ns/i18n#"
)

// statement is a quad whose object is still to be read, with the term that says how.
type statement struct {
	subject   Term
	predicate string
	term      *term // nil when the property was not written as a term
	graph     Term
}

// property writes all values of one member.
func (w *walker) property(ctx *active, s statement, v ijson.Value) error {
	if s.term != nil {
		switch {
		case s.term.typ == "@json":
			o, err := jsonLiteral(v)
			if err == nil {
				if w.holes != nil {
					o = w.mark(hole{how: asJSON, value: v}, o)
				}
				w.emit(s.subject, s.predicate, o, s.graph)
			}
			return err
		case s.term.in&inList != 0:
			head, err := w.list(ctx, s, v.Items())
			if err == nil && v.Kind() == ijson.Null {
				err = lost("null would be lost")
			}
			if err == nil {
				w.emit(s.subject, s.predicate, head, s.graph)
			}
			return err
		}
	}
	return w.values(ctx, s, v)
}

// values writes one value, or each of an array's; arrays in arrays are one set.
func (w *walker) values(ctx *active, s statement, v ijson.Value) error {
	if v.Kind() != ijson.Array {
		return w.value(ctx, s, v)
	}
	for i, item := range v.Elems() {
		w.path = append(w.path, step{index: i, array: true})
		if err := w.values(ctx, s, item); err != nil {
			return err
		}
		w.pop()
	}
	return nil
}

// value writes one value that is no array.
func (w *walker) value(ctx *active, s statement, v ijson.Value) error {
	if s.term != nil && s.term.in&inGraph != 0 {
		return w.graph(ctx, s, v)
	}
	o, err := w.object(ctx, s, v)
	if err != nil {
		return err
	}
	w.emit(s.subject, s.predicate, o, s.graph)
	return nil
}

// object reads one value into the term that stands for it.
func (w *walker) object(ctx *active, s statement, v ijson.Value) (Term, error) {
	switch v.Kind() {
	case ijson.Null:
		return Term{}, lost("null would be lost")
	case ijson.Object:
		if !isValueObject(ctx, v) {
			return w.node(ctx, v.Members(), s.term, s.graph)
		}
		o, err := w.valueObject(ctx, v)
		if err == nil && w.holes != nil {
			o = w.mark(hole{how: asValueObject, ctx: ctx, value: v}, o)
		}
		return o, err
	}
	o, err := w.scalar(ctx, s.term, v)
	if err == nil && w.holes != nil {
		o = w.mark(hole{how: asScalar, ctx: ctx, term: s.term, value: v}, o)
	}
	return o, err
}

// graph writes a value of a graph container: a blank node that names a graph with the value in it (API §5.1.2 step 13.12).
func (w *walker) graph(ctx *active, s statement, v ijson.Value) error {
	if v.Kind() != ijson.Object || isValueObject(ctx, v) {
		return lost("in a graph there is place for objects only")
	}
	name := w.fresh()
	w.emit(s.subject, s.predicate, name, s.graph)
	before := len(w.quads)
	if _, err := w.node(ctx, v.Members(), s.term, name); err != nil {
		return err
	}
	if len(w.quads) == before {
		return lost("an object that says nothing would be lost")
	}
	return nil
}

// isValueObject reports whether v has a member that stands for @value.
func isValueObject(ctx *active, v ijson.Value) bool {
	for _, m := range v.Members() {
		if m.Name == "id" || m.Name == "type" { // what nearly every node begins with
			continue
		}
		if iri, _ := ctx.resolve(m.Name); iri == "@value" {
			return true
		}
	}
	return false
}

// list writes an RDF collection and returns its head (API §8.4).
func (w *walker) list(ctx *active, s statement, items []ijson.Value) (Term, error) {
	head := Term{Kind: IRI, Value: rdfNil}
	cells := make([]Term, len(items)+1)
	for i := range items {
		cells[i] = w.fresh()
	}
	cells[len(items)] = head
	for i, item := range items {
		w.path = append(w.path, step{index: i, array: true})
		if item.Kind() == ijson.Array {
			return head, unsupported("a list in a list is not supported")
		}
		o, err := w.object(ctx, s, item)
		if err != nil {
			return head, err
		}
		w.emit(cells[i], rdfFirst, o, s.graph)
		w.emit(cells[i], rdfRest, cells[i+1], s.graph)
		w.pop()
	}
	return cells[0], nil
}

// scalar is value expansion (API §5.3.2) and object to RDF conversion (§8.3).
func (w *walker) scalar(ctx *active, t *term, v ijson.Value) (Term, error) {
	if t == nil {
		t = &term{}
	}
	if t.scoped != nil {
		var err error
		if ctx, err = w.lib.derive(ctx, t.scoped, override); err != nil {
			return Term{}, err
		}
	}
	if v.IsString() {
		switch t.typ {
		case "@id":
			return w.reference(ctx, v.Text())
		case "@vocab":
			iri, _ := ctx.resolve(v.Text())
			if !isIRI(iri) && !isBlank(iri) {
				return Term{}, lost("%.200q is not defined by the contexts here", v.Text())
			}
			return w.absolute(iri)
		}
	}
	datatype := t.typ
	if strings.HasPrefix(datatype, "@") {
		datatype = ""
	}
	if !v.IsString() {
		return native(v, datatype)
	}
	if datatype != "" {
		return Term{Kind: Literal, Value: v.Text(), Datatype: notString(datatype)}, nil
	}
	language, direction := ctx.language, ctx.direction
	if t.typ == "@none" {
		language, direction = "", ""
	}
	if t.hasLang {
		language = t.language
	}
	if t.hasDir {
		direction = t.direction
	}
	return text(v.Text(), language, direction)
}

// notString gives xsd:string its short form, which Term asks for.
func notString(datatype string) string {
	if datatype == xsdString {
		return ""
	}
	return datatype
}

// text makes a literal of a text with language and direction. A direction becomes part of an i18n datatype (JSON-LD 1.1
// §10.2.1), so that it is not lost.
func text(s, language, direction string) (Term, error) {
	if language != "" && !isLanguage(language) {
		return Term{}, lost("%.40q is no language tag", language)
	}
	switch direction {
	case "":
		return Term{Kind: Literal, Value: s, Language: language}, nil
	case "ltr", "rtl":
		return Term{Kind: Literal, Value: s, Datatype: i18nNS + language + "_" + direction}, nil
	}
	return Term{}, lost("%.40q is no text direction", direction)
}

// native makes a literal of a number or a boolean (API §8.3 steps 8 to 11).
func native(v ijson.Value, datatype string) (Term, error) {
	if v.Kind() == ijson.Bool {
		if datatype == "" {
			datatype = xsdBoolean
		}
		return Term{Kind: Literal, Value: strconv.FormatBool(v.True()), Datatype: notString(datatype)}, nil
	}
	lexical, kind, err := number(v.Literal(), datatype == xsdDouble)
	if err != nil {
		return Term{}, err
	}
	if datatype == "" {
		datatype = kind
	}
	return Term{Kind: Literal, Value: lexical, Datatype: notString(datatype)}, nil
}

// number gives a JSON number its canonical lexical form and native datatype: an integer below 10²¹ as such, everything else
// as a double with at most 15 digits after the point. Integers that a double cannot hold, and minus zero, are refused:
// parsers read them in different ways.
func number(literal string, double bool) (lexical, datatype string, err error) {
	f, err := strconv.ParseFloat(literal, 64)
	if err != nil || math.IsInf(f, 0) {
		return "", "", fault.Wrong("json.number", "", "the number is outside the range of a double")
	}
	if f == 0 && literal[0] == '-' {
		return "", "", fault.Wrong("json.number", "", "minus zero has no canonical form")
	}
	if f == math.Trunc(f) && math.Abs(f) < 1e21 && !double {
		lexical = strconv.FormatFloat(f, 'f', 0, 64)
		if strings.Trim(literal, "-0123456789") == "" && lexical != literal {
			return "", "", fault.Wrong("json.number", "", "%.40s cannot be held by a double", literal)
		}
		return lexical, xsdInteger, nil
	}
	return canonicalDouble(f), xsdDouble, nil
}

// canonicalDouble is the canonical form of xsd:double with 15 digits after the point (API §8.6): 2.5E0.
func canonicalDouble(f float64) string {
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'E', 15, 64), "E")
	mantissa = strings.TrimRight(mantissa, "0")
	if strings.HasSuffix(mantissa, ".") {
		mantissa += "0"
	}
	sign := ""
	if exponent[0] == '-' {
		sign = "-"
	}
	if exponent = strings.TrimLeft(exponent, "+-0"); exponent == "" {
		exponent, sign = "0", ""
	}
	return mantissa + "E" + sign + exponent
}

// jsonLiteral is a value of the type @json in its canonical form (RFC 8785).
func jsonLiteral(v ijson.Value) (Term, error) {
	canonical, err := ijson.AppendCanonical(nil, v)
	if err != nil {
		return Term{}, err
	}
	return Term{Kind: Literal, Value: string(canonical), Datatype: rdfJSON}, nil
}

// valueObject reads {"@value": …} (JSON-LD 1.1 §9.5).
func (w *walker) valueObject(ctx *active, v ijson.Value) (Term, error) {
	var value, typ, language, direction ijson.Value
	for _, m := range v.Members() {
		into := map[string]*ijson.Value{"@value": &value, "@type": &typ, "@language": &language, "@direction": &direction}
		iri, _ := ctx.resolve(m.Name)
		slot := into[iri]
		w.path = append(w.path, step{name: m.Name})
		if slot == nil {
			return Term{}, lost("%.100q has no place beside @value", m.Name)
		}
		if slot.Kind() != ijson.Null {
			return Term{}, unsupported("%s stands twice", iri)
		}
		if k := m.Value.Kind(); k == ijson.Null || iri != "@value" && k != ijson.String {
			return Term{}, lost("%s would be lost", iri)
		}
		*slot = m.Value
		w.pop()
	}
	return w.typedValue(ctx, value, typ, language, direction)
}

func (w *walker) typedValue(ctx *active, value, typ, language, direction ijson.Value) (Term, error) {
	tagged := language.IsString() || direction.IsString()
	switch {
	case typ.Text() == "@json" && !tagged:
		return jsonLiteral(value)
	case value.Kind() == ijson.Object || value.Kind() == ijson.Array:
		return Term{}, lost("@value is no single value")
	case typ.IsString() && tagged, tagged && !value.IsString(), typ.IsString() && isKeyword(typ.Text()):
		return Term{}, lost("@type, @language and @value do not go together")
	case typ.IsString():
		datatype, _ := ctx.resolve(typ.Text())
		if !isIRI(datatype) {
			return Term{}, lost("the type %.100q is not defined by the contexts here", typ.Text())
		}
		if !value.IsString() {
			return native(value, datatype)
		}
		return Term{Kind: Literal, Value: value.Text(), Datatype: notString(datatype)}, nil
	case tagged:
		return text(value.Text(), strings.ToLower(language.Text()), direction.Text())
	case value.IsString():
		return Term{Kind: Literal, Value: value.Text()}, nil
	}
	return native(value, "")
}
