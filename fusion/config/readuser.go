package config

import "net/url"

func readUserCredentials(o *object, _ *url.URL) any {
	u := &UserCredentials{
		AuthMethod:   o.choice("authMethod", "", "basic_auth", ""),
		Instructions: o.text("", "instructions"),
	}
	names := make(map[string]bool)
	for _, c := range o.list("fields") {
		f := readCredentialField(c.object(), u.AuthMethod)
		if names[f.Name] && f.Name != "" {
			c.problem("has the same name as a field before it; each value needs its own")
		}
		names[f.Name] = true
		u.Fields = append(u.Fields, f)
	}
	fields, found := o.need("fields")
	switch {
	case !found || fields.node.kind != kindArray:
	case u.AuthMethod == "basic_auth" && len(u.Fields) != 2:
		fields.problem("has %d elements; basic_auth takes exactly two, the user name and the password", len(u.Fields))
	case len(u.Fields) == 0:
		fields.problem("is empty; each tenant must have something to enter")
	}
	return u
}

func readCredentialField(o *object, method string) CredentialField {
	f := CredentialField{Name: o.needString("name"), Description: o.text("", "description")}
	f.Label = o.text(f.Name, "label")
	f.ParamName = o.text(f.Name, "paramName")
	f.Location = "header"
	// With basic_auth the values go into the Authorization header, wherever
	// the file puts them.
	if _, said := o.find("location"); said || method == "" {
		f.Location = o.needChoice("location", "query", "header", "cookie")
	}
	f.checkParamName(o, method)
	o.done()
	return f
}

func (f *CredentialField) checkParamName(o *object, method string) {
	c, found := o.find("paramName")
	if !found {
		c, found = o.find("name")
	}
	switch {
	case !found || c.node.kind != kindString || c.node.broken || method != "":
	case f.Location == "header":
		c.checkHeaderName()
	case f.Location == "cookie" && !token.MatchString(c.node.text):
		c.problem("%s is no cookie name; allowed are letters, digits and !#$%%&'*+-.^_`|~", c.quoted())
	}
}
