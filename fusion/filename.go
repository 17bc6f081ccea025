package fusion

import (
	"mime"
	"path"
	"strings"
)

// maxFileName is how many bytes a file's name has at most, so that a number
// still fits into what file systems take.
const maxFileName = 150

// extensions are those of media types that APIs answer with. The system's own
// table is not asked: it differs from one to the other.
var extensions = map[string]string{
	"application/pdf": ".pdf", "application/zip": ".zip", "application/gzip": ".gz", "application/json": ".json",
	"application/xml": ".xml", "text/xml": ".xml", "text/plain": ".txt", "text/csv": ".csv", "text/html": ".html",
	"text/calendar": ".ics", "message/rfc822": ".eml", "image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif",
	"image/webp": ".webp", "image/svg+xml": ".svg", "image/tiff": ".tiff", "audio/mpeg": ".mp3", "audio/wav": ".wav",
	"video/mp4": ".mp4", "application/msword": ".doc", "application/vnd.ms-excel": ".xls",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   ".docx",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         ".xlsx",
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
}

// fileName is what the API calls its answer (RFC 6266), made safe, or else the
// endpoint's name with what the type stands for.
func (a *answer) fileName(endpoint string, redact *redactor) string {
	_, params, _ := mime.ParseMediaType(a.header.Get("Content-Disposition"))
	if name := params["filename"]; redact.text(name) == name {
		if name = safeFileName(name); name != "" {
			return name
		}
	}
	extension, ok := extensions[a.mediaType(redact)]
	if !ok {
		extension = ".bin"
	}
	return endpoint + extension
}

// safeFileName makes a name for one file in one folder on any system; "" when
// nothing is left. It is not hidden, and cannot lead elsewhere.
func safeFileName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`<>:"|?*`, r) {
			return '_'
		}
		return r
	}, clean(name))
	name = strings.Trim(name, ". ")
	if len(name) <= maxFileName {
		return name
	}
	extension := path.Ext(name)
	if len(extension) > 20 {
		extension = ""
	}
	return strings.TrimRight(name[:boundary(name, maxFileName-len(extension))], ". ") + extension
}
