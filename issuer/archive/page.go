package archive

import (
	"context"
	"fmt"
	"html"
	"strings"

	"github.com/openlaurel/laurel/internal/i18n"
)

// words are what the page says in one language: its title, what the folder is for, and until when the lists hold.
type words struct {
	locale            i18n.Locale
	title, what, when string
}

// texts is the page in every language of Laurel. %s in when is a date.
func texts() []words {
	return []words{
		{i18n.English, "Archive of a credential service",
			"The service that issued credentials at this address has closed. " +
				"These files are what a verifier needs to check them: keys, status lists and descriptions. Keep them at this address.",
			"The status lists hold until %s."},
		{i18n.French, "Archive d’un service de justificatifs",
			"Le service qui délivrait des justificatifs à cette adresse a fermé. " +
				"Ces fichiers sont ce dont un vérificateur a besoin pour les contrôler : clés, listes de statut et descriptions. Conservez-les à cette adresse.",
			"Les listes de statut valent jusqu’au %s."},
		{i18n.Spanish, "Archivo de un servicio de credenciales",
			"El servicio que emitía credenciales en esta dirección ha cerrado. " +
				"Estos archivos son lo que un verificador necesita para comprobarlas: claves, listas de estado y descripciones. Consérvelos en esta dirección.",
			"Las listas de estado valen hasta el %s."},
		{i18n.Russian, "Архив службы удостоверений",
			"Служба, выдававшая удостоверения по этому адресу, закрыта. " +
				"В этих файлах есть всё, что нужно для их проверки: ключи, списки статусов и описания. Сохраняйте их по этому адресу.",
			"Списки статусов действуют до %s."},
		{i18n.Chinese, "凭证服务的存档",
			"曾在此网址颁发凭证的服务已经关闭。这些文件包含核验凭证所需的内容：密钥、状态列表和说明。请将它们保留在此网址。",
			"状态列表有效期至 %s。"},
		{i18n.Arabic, "أرشيف خدمة شهادات",
			"أُغلقت الخدمة التي كانت تصدر الشهادات على هذا العنوان. تحتوي هذه الملفات على ما يلزم للتحقق منها: المفاتيح وقوائم الحالة والأوصاف. أبقِها على هذا العنوان.",
			"قوائم الحالة صالحة حتى %s."},
	}
}

// page keeps index.html, which says what the folder is.
func (b *builder) page(context.Context) error {
	until := b.m.ListsUntil
	if !b.m.Final {
		until = b.m.Made.AddDate(0, 0, 1)
	}
	var out strings.Builder
	out.WriteString("<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n" +
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" + html.EscapeString(b.BaseURL) + "</title>\n")
	for _, w := range texts() {
		fmt.Fprintf(&out, "<section lang=\"%s\" dir=\"%s\">\n<h1>%s</h1>\n<p>%s</p>\n<p>%s</p>\n</section>\n", w.locale.Tag(), w.locale.Dir(),
			html.EscapeString(w.title), html.EscapeString(w.what), html.EscapeString(fmt.Sprintf(w.when, until.Format("2006-01-02"))))
	}
	out.WriteString("<ul>\n<li><a href=\"manifest.json\">manifest.json</a></li>\n")
	for _, i := range b.Issuers {
		fmt.Fprintf(&out, "<li>%s<br><code>%s</code></li>\n", html.EscapeString(i.Name), html.EscapeString(i.DID))
	}
	out.WriteString("</ul>\n</html>\n")
	return b.add("index.html", "text/html", []byte(out.String()))
}
