package configs_test

// Why a schema cannot see what the loader sees.
const (
	compares  = "compares values with each other"
	languages = "reads another language: jq, RE2, percent-encoding"
	climbs    = "looks for . and .. in whatever way they are spelled"
	expands   = "knows the values of variables"
	repeats   = "a field that stands twice is one to JSON Schema"
)

// onlyTheLoader has the cases that the loader refuses and the schema does not.
var onlyTheLoader = map[string]string{
	"auth/session that climbs": climbs,

	"endpoint/a message and what stands beside it":         compares,
	"endpoint/long tool name":                              compares,
	"endpoint/path that climbs":                            climbs,
	"endpoint/placeholder without parameter":               compares,
	"endpoint/required path parameter without placeholder": compares,
	"endpoint/same id":                                     compares,
	"parameter/a static place":                             compares,
	"parameter/default of another type":                    compares,
	"parameter/equal shown names":                          compares,
	"parameter/name without shown characters":              compares,
	"parameter/nesting below what is no object":            compares,
	"resilience/retry delays":                              compares,
	"response/jq":                                          languages,
	"response/jq with an unknown variable":                 languages,
	"response/jq with modules":                             languages,
	"service/URL with bad escape":                          languages,
	"service/URL with bad port":                            compares,
	"service/base that climbs":                             climbs,
	"service/repeated field":                               repeats,
	"top/a built-in tool":                                  compares,
	"top/the same tool from two services":                  compares,
	"variables/bad values":                                 expands,
	"variables/set but empty":                              expands,
	"variables/unset":                                      expands,
}
