package vault

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Place is where a sealed text stands: it opens there and nowhere else.
type Place struct {
	// Tenant is the hash that names the tenant.
	Tenant [32]byte
	// Kind, Service and Name say which of the tenant's texts it is. Each may
	// be empty, and none is ever taken for part of another.
	Kind, Service, Name string
}

// infoLabel begins what HPKE binds a sealed text to.
const infoLabel = "mcpfusion/sealed"

// info returns the info parameter of HPKE: the label, the format version, the
// tenant, and each of the three names behind its length in two bytes.
func (p Place) info() ([]byte, error) {
	info := append([]byte(infoLabel), formatVersion)
	info = append(info, p.Tenant[:]...)
	for _, name := range []string{p.Kind, p.Service, p.Name} {
		if len(name) > math.MaxUint16 {
			return nil, fmt.Errorf("seal: a name of %d bytes is too long", len(name))
		}
		info = binary.BigEndian.AppendUint16(info, uint16(len(name)))
		info = append(info, name...)
	}
	return info, nil
}
