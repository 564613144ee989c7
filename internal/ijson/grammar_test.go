package ijson_test

import (
	"testing"

	"github.com/openlaurel/laurel/internal/ijson"
)

// TestGrammarTakes lists texts that every reader of JSON must take (RFC 8259).
func TestGrammarTakes(t *testing.T) {
	for _, text := range []string{
		`[]`, `[ ]`, ` []`, `[] `, `[[]   ]`, `[""]`, `["a"]`, `[false]`, `[true]`, `[null]`, `[null, 1, "1", {}]`, `[1,null,null,null,2]`, "[1\n]",
		`[123e65]`, `[0e+1]`, `[0e1]`, `[ 4]`, `[-0.000000000000000000000000000000000000000000000000000000000000000000000000000001]`, `[20e1]`, `[-0]`,
		`[-123]`, `[-1]`, `[1E22]`, `[1E-2]`, `[1E+2]`, `[123e45]`, `[123.456e78]`, `[1e-2]`, `[1e+2]`, `[123]`, `[123.456789]`,
		`{"asd":"sdf", "dfg":"fgh"}`, `{"asd":"sdf"}`, `{}`, `{"":0}`, `{"foo\u0000bar": 42}`, `{ "min": -1.0e+28, "max": 1.0e+28 }`, `{"a":[]}`, "{\n\"a\": \"b\"\n}",
		`["\u0060\u012a\u12AB"]`, `["\uD801\udc37"]`, `["\ud83d\ude39\ud83d\udc8d"]`, `["\"\\\/\b\f\n\r\t"]`, `["\\u0000"]`, `["\""]`, `["a/*b*/c/*d//e"]`,
		`["\\a"]`, `["\\n"]`, `["\u0012"]`, `["\uFFFF"]`, `[ "asd"]`, `["new\u00A0line"]`, "[\"\u2028\"]", "[\"\u2029\"]", `["\uDBFF\uDFFF"]`, `["\u200B"]`,
		`["\uA66D"]`, `["\u005C"]`, `["\uFDD0"]`, "[\"\u20ac𝄞\"]", "[\"\x7f\"]", `42`, `false`, `true`, `null`, `-0.1`, `"asd"`, `""`, "[\"a\"]\n",
	} {
		if _, err := ijson.Parse([]byte(text), ijson.Bounds{}); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestGrammarRefuses lists texts that no reader of JSON may take.
func TestGrammarRefuses(t *testing.T) {
	for _, text := range []string{
		`[1 true]`, `["": 1]`, `[""],`, `[,1]`, `[1,,2]`, `["x",,]`, `["x"]]`, `["",]`, `["x"`, `[x`, `[3[4]]`, `[,]`, `[-]`, `[   , ""]`, `[1,]`, `[1,,]`, `[*]`, `[""`,
		`[fals]`, `[nul]`, `[tru]`, `[True]`, `[nan]`, `[NaN]`, `[Infinity]`, `[-Infinity]`, `[Inf]`, `[++1234]`, `[+1]`, `[+Inf]`, `[-01]`, `[-1.0.]`, `[-2.]`, `[-NaN]`,
		`[.-1]`, `[.2e-3]`, `[0.1.2]`, `[0.3e+]`, `[0.3e]`, `[0.e1]`, `[0E+]`, `[0E]`, `[0e+]`, `[0e]`, `[1.0e+]`, `[1.0e-]`, `[1.0e]`, `[1eE2]`, `[1 000.0]`, `[2.e+3]`, `[2.e-3]`,
		`[2.e3]`, `[9.e+]`, `[1+2]`, `[0x1]`, `[0x42]`, `[- 1]`, `[-012]`, `[-.123]`, `[-1x]`, `[1ea]`, `[1.]`, `[.123]`, `[1.2a-3]`, `[1.8011670033376514H-308]`, `[012]`, `[１]`,
		`["x", truth]`, `{[: "x"}`, `{"x", null}`, `{"x"::"b"}`, `{🇨🇭}`, `{"a":"a" 123}`, `{key: 'value'}`, `{"a" b}`, `{:"b"}`, `{"a" "b"}`, `{"a":`, `{"a"`, `{1:1}`, `{9999E9999:1}`,
		`{null:null,null:null}`, `{"id":0,,,,,}`, `{'a':0}`, `{"id":0,}`, `{"a":"b"}/**/`, `{"a":"b"}//`, `{"a":"b",,"c":"d"}`, `{a: "b"}`, `{"a":"a`, `{ "foo" : "bar", "a" }`,
		`{"a":"b"}#`, ` `, `["\uD800\u"]`, `["\uD800\u1"]`, `["\uD800\u1x"]`, `[é]`, "[\"\\\x00\"]", `["\x00"]`, `["\\\"]`, "[\"\\\t\"]", `["\🌀"]`, `["\"]`, `["\u00A"]`, `["\uD834\uDd"]`,
		`["\a"]`, `["\uqqqq"]`, `[\u0020"asd"]`, `[\n]`, `"`, `['single quote']`, `abc`, `["\`, "[\"a\x00a\"]", "[\"new\nline\"]", "[\"\t\"]", `"\UA66D"`, `""x`, `<.>`, `[<null>]`, `[1]x`, `[1]]`,
		`["asd]`, `aå`, `[True]`, `1]`, `{"x": true,`, `[][]`, `]`, "\xef\xbb{}", `[`, ``, "[\x00]", `2@`, `{}}`, `{"":`, `{"a":/*comment*/"b"}`, `{"a": true} "x"`, `['`, `[,`, `[{`, `["a`, `["a"`,
		`{`, `{]`, `{,`, `{[`, `{"a`, `{'a'`, `["\{["\{["\{["\{`, `*`, `{"a":"b"}#{}`, `[\u000A""]`, `[1`, `[ false, nul`, `[ true, fals`, `[ false, tru`, `{"asd":"asd"`, `å`, "[\u2060]", "[\f]", "[\u00a0]",
	} {
		if _, err := ijson.Parse([]byte(text), ijson.Bounds{}); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

// TestGrammarOpen fixes what we do where RFC 8259 leaves the choice to the reader; RFC 7493 makes most of it.
func TestGrammarOpen(t *testing.T) {
	rows := []struct{ text, code string }{
		{`[123.456e-789]`, ""},
		{`[-123123e-10000]`, ""},
		{`[0.4e00669999999999999999999999999999999999999999999999999999999999999999999999999999999969999999006]`, "json.number"},
		{`[-1e+9999]`, "json.number"},
		{`[1.5e+9999]`, "json.number"},
		{`[-123123123123123123123123123123]`, ""},
		{`[100000000000000000000]`, ""},
		{`{"\uDFAA":0}`, "json.utf8"},
		{`["\uDADA"]`, "json.utf8"},
		{`["\uD888\u1234"]`, "json.utf8"},
		{`["\uD800\n"]`, "json.utf8"},
		{`["\uDd1ea"]`, "json.utf8"},
		{`["\uD800\uD800\n"]`, "json.utf8"},
		{`["\ud800abc"]`, "json.utf8"},
		{`["\uDd1e\uD834"]`, "json.utf8"},
		{"[\"\xff\"]", "json.utf8"},
		{"[\"\xe0\xff\"]", "json.utf8"},
		{"[\"\xfc\x80\x80\x80\x80\x80\"]", "json.utf8"},
		{"[\"\xf4\xbf\xbf\xbf\"]", "json.utf8"},
		{"\xff\xfe[\x00\"\x00", "json.syntax"}, // UTF-16,
		{"\xef\xbb\xbf{}", "json.syntax"},
		{`{"a":"b","a":"c"}`, "json.duplicate_member"},
		{`{"a":"b","a":"b"}`, "json.duplicate_member"},
	}
	for _, row := range rows {
		_, err := ijson.Parse([]byte(row.text), ijson.Bounds{})
		if got, _ := code(t, err); got != row.code {
			t.Errorf("%q: %q, want %q (%v)", row.text, got, row.code, err)
		}
	}
}
