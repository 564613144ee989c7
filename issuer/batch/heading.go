package batch

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/openlaurel/laurel/internal/fault"
)

// headings lists the headings that are known for a field, in normal form: our own, and those of Moodle's course-completion
// report in English, Arabic, Chinese, French, Russian and Spanish.
func headings(f Field) []string {
	switch f {
	case Name:
		return []string{
			"name", "full name", "fullname", "learner", "learner name", "student", "student name", "recipient", "recipient name",
			"user full name",
			"الاسم", "الاسم الكامل", "姓名", "名称", "名字", "全名", "nom", "nom complet", "имя", "название", "полное имя", "фио", "имя / фамилия",
			"nombre", "nombre completo",
		}
	case FirstName:
		return []string{"first name", "firstname", "given name", "الاسم الأول", "名", "prénom", "nombre(s)"}
	case LastName:
		return []string{
			"last name", "lastname", "surname", "family name", "اسم العائلة", "الاسم الأخير", "姓", "nom de famille", "фамилия",
			"apellido(s)", "apellidos",
		}
	case Email:
		return []string{
			"email", "e mail", "mail", "email address", "e mail address", "recipient email", "البريد الإلكتروني", "عنوان البريد الإلكتروني",
			"بريد إلكتروني", "电子邮件", "电子邮件地址", "邮箱", "email地址", "adresse de courriel", "courriel", "adresse e mail", "adresse mail",
			"адрес электронной почты", "электронная почта", "dirección de correo", "dirección email", "correo electrónico", "correo",
			"dirección de correo electrónico",
		}
	case LearnerID:
		return []string{
			"id", "learner id", "user id", "student id", "معرف", "المعرف", "رقم المعرف", "编号", "identifiant", "идентификатор",
			"identificador",
		}
	case RecipientID:
		return []string{"recipient id", "did", "subject id"}
	case ExternalID:
		return []string{"external id", "award id"}
	case AwardedAt:
		return []string{
			"awarded at", "awarded on", "award date", "date awarded", "completed", "completed at", "completed on", "completion date", "date completed",
			"course complete", "course completed", "time completed", "اكتمل المقرر", "المقرر مكتمل", "تاريخ الإكمال", "课程完成", "课程进度",
			"课程已完成", "完成日期", "cours terminé", "date d'achèvement", "date d’achèvement", "курс завершен", "курс завершён",
			"дата завершения", "curso completado", "curso completo", "curso finalizado", "fecha de finalización",
		}
	case ExpiresAt:
		return []string{
			"expires at", "expires on", "expires", "expiry", "expiry date", "expiration date", "valid until", "تاريخ الانتهاء", "تاريخ انتهاء الصلاحية",
			"صالحة حتى", "有效期至", "到期日期", "失效日期", "date d'expiration", "date d’expiration", "valable jusqu'au", "valable jusqu’au", "срок действия до",
			"действителен до", "fecha de vencimiento", "fecha de caducidad", "válido hasta",
		}
	case Achievement:
		return []string{"achievement", "achievement id", "badge", "الإنجاز", "成就", "réalisation", "достижение", "logro"}
	case Narrative:
		return []string{"narrative"}
	case EvidenceURL:
		return []string{"evidence", "evidence url"}
	case Language:
		return []string{
			"language", "preferred language", "lang", "اللغة", "لغة", "اللغة المفضلة", "语言", "首选语言", "langue", "langue préférée", "язык",
			"предпочитаемый язык", "idioma", "idioma preferido",
		}
	}
	return nil
}

// normalHeading folds case, form and the characters that tell words apart.
func normalHeading(s string) string {
	s = strings.Map(func(r rune) rune {
		switch r {
		case '_', '-', '\u00a0', '\u202f', '\t', '\n', '\r':
			return ' '
		case '\u200e', '\u200f', '\ufeff':
			return -1
		}
		return r
	}, norm.NFC.String(s))
	return strings.Join(strings.Fields(strings.ToLower(s)), " ")
}

// columns says which column holds which field.
type columns map[Field]int

// mapColumns finds the column of every field: as Options.Map says, else by heading. A column that is read must be the only
// one of its kind; columns that nobody reads may repeat, because activities of a course can have the same name.
func mapColumns(names []string, explicit map[Field]string) (columns, error) {
	cols := columns{}
	norms := make([]string, len(names))
	for i, n := range names {
		norms[i] = normalHeading(n)
	}
	for _, f := range Fields() {
		wanted := headings(f)
		if h, ok := explicit[f]; ok {
			wanted = []string{normalHeading(h)}
		}
		at, err := findColumn(norms, f, wanted)
		if err != nil {
			return nil, err
		}
		if _, ok := explicit[f]; ok && at < 0 {
			return nil, fault.New(fault.Invalid, nil, "the file has no column %.80q, which is to be read as %s", explicit[f], f).
				Code("csv.column_missing").Hint("the columns are: %.500s", strings.Join(names, " · "))
		}
		if at >= 0 {
			cols[f] = at
		}
	}
	for f := range explicit {
		if headings(f) == nil {
			return nil, fault.New(fault.Invalid, nil, "there is no field %.40q", string(f)).Code("csv.field_unknown").
				Hint("the fields are: %s", fieldNames())
		}
	}
	byPosition(cols, norms, explicit)
	return cols, cols.complete(names)
}

func findColumn(norms []string, f Field, wanted []string) (int, error) {
	at := -1
	for i, n := range norms {
		for _, w := range wanted {
			if n != w {
				continue
			}
			if at >= 0 {
				return -1, fault.New(fault.Invalid, nil, "columns %d and %d can both be read as %s", at+1, i+1, f).
					Code("csv.duplicate_heading").Hint("rename one of them, or say which one it is")
			}
			at = i
		}
	}
	return at, nil
}

// byPosition completes the mapping of a Moodle course-completion report in a language whose headings we do not know: an id,
// a name, identity fields, a pair "X", "X - date" for every activity, other criteria, and the date of the whole course last.
func byPosition(cols columns, norms []string, explicit map[Field]string) {
	if len(norms) < 4 || !activityPair(norms) {
		return
	}
	place := func(f Field, i int) {
		_, known := cols[f]
		_, told := explicit[f]
		if !known && !told && !cols.uses(i) {
			cols[f] = i
		}
	}
	place(LearnerID, 0)
	if _, ok := cols[FirstName]; !ok {
		place(Name, 1)
	}
	place(AwardedAt, len(norms)-1)
}

func activityPair(norms []string) bool {
	for i := 3; i < len(norms)-1; i++ {
		if norms[i-1] != "" && strings.HasPrefix(norms[i], norms[i-1]+" ") {
			return true
		}
	}
	return false
}

// Guess proposes a field for every column, "" for one that nobody reads: what Parse would find, where two columns fit one field the
// first.
func (s *Sheet) Guess() []Field {
	norms := make([]string, len(s.Headings))
	for i, n := range s.Headings {
		norms[i] = normalHeading(n)
	}
	cols := columns{}
	for _, f := range Fields() {
		wanted := headings(f)
		for i, n := range norms {
			if slices.Contains(wanted, n) && !cols.uses(i) {
				cols[f] = i
				break
			}
		}
	}
	byPosition(cols, norms, nil)
	out := make([]Field, len(norms))
	for f, i := range cols {
		out[i] = f
	}
	return out
}

// Assign says which column is which: a field, or "", for every heading. A field that there is not or that stands twice is
// fault.Invalid, and so is a table in which no row could name a learner; then nothing changes.
func (s *Sheet) Assign(fields []Field) error {
	if len(fields) != len(s.Headings) {
		return fault.New(fault.Invalid, nil, "the file has %d columns", len(s.Headings)).Code("csv.columns")
	}
	cols := columns{}
	for i, f := range fields {
		switch at, twice := cols[f]; {
		case f == "":
			continue
		case headings(f) == nil:
			return fault.New(fault.Invalid, nil, "there is no field %.40q", string(f)).Code("csv.field_unknown").
				Hint("the fields are: %s", fieldNames())
		case twice:
			return fault.New(fault.Invalid, nil, "columns %d and %d are both to be read as %s", at+1, i+1, f).Code("csv.duplicate_heading").
				Hint("choose one of them")
		}
		cols[f] = i
	}
	if err := cols.complete(s.Headings); err != nil {
		return err
	}
	s.cols = cols
	return nil
}

// NormalHeading is the form in which headings are compared: without case, marks and doubled blanks.
func NormalHeading(s string) string { return normalHeading(s) }

// Read lists the headings of the columns that are read, and of those that are not, in the order of the file.
func (s *Sheet) Read() (read, ignored []string) {
	for i, h := range s.Headings {
		if s.cols.uses(i) {
			read = append(read, h)
		} else if h != "" {
			ignored = append(ignored, h)
		}
	}
	return read, ignored
}

func (c columns) uses(i int) bool {
	for _, at := range c {
		if at == i {
			return true
		}
	}
	return false
}

// complete refuses a table in which no row could name a learner.
func (c columns) complete(names []string) error {
	_, name := c[Name]
	_, first := c[FirstName]
	_, last := c[LastName]
	if !name && !first && !last {
		return missingColumn(Name, names)
	}
	for _, f := range []Field{Email, LearnerID, RecipientID, ExternalID} {
		if _, ok := c[f]; ok {
			return nil
		}
	}
	return missingColumn(Email, names)
}

func missingColumn(f Field, names []string) error {
	return fault.New(fault.Invalid, nil, "no column of the file can be read as %s", f).Code("csv.column_missing").
		Hint("name its heading %s, or say which one it is: --map %s=%q", f, f, first(names))
}

func first(names []string) string {
	if len(names) == 0 {
		return "Heading"
	}
	return names[0]
}

func fieldNames() string {
	parts := make([]string, 0, len(Fields()))
	for _, f := range Fields() {
		parts = append(parts, string(f))
	}
	return strings.Join(parts, ", ")
}
