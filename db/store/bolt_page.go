package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// A page has a head: its number in 8 bytes, its kind and the number of its
// elements in 2 bytes each, and in 4 bytes how many pages follow that belong
// to it. Elements have 16 bytes each; what they point to stands behind them.
//
//	branch  position and length of the key in 4 bytes each, page of the child in 8
//	leaf    flags, position, length of the key and of the value in 4 bytes each
//	free    the numbers of free pages in 8 bytes each, and nothing else
//
// A position counts from its element. The value of a bucket is the page of its
// root and a sequence, in 8 bytes each; when the root is 0, a leaf follows.
const (
	pageHeadSize = 16
	elementSize  = 16
	bucketSize   = 16

	kindBranch = 0x01
	kindLeaf   = 0x02
	kindFree   = 0x10

	flagBucket = 0x01

	// manyFree in place of the number of elements means that the number is
	// the first element.
	manyFree = 0xFFFF
	// noFreeList in place of its page means that there is none.
	noFreeList = 1<<64 - 1

	maxFileSize = 1 << 47
	firstPage   = 2 // behind the headers
)

var order = binary.NativeEndian

// content is a page with the pages that belong to it.
type content []byte

func (p content) id() uint64 { return order.Uint64(p) }

func (p content) kind() int { return int(order.Uint16(p[8:])) }

func (p content) count() int { return int(order.Uint16(p[10:])) }

// further returns how many pages follow.
func (p content) further() uint64 { return uint64(order.Uint32(p[12:])) }

func (p content) element(i int) []byte { return p[pageHeadSize+i*elementSize:][:elementSize] }

// keys returns the keys of a branch or leaf, if they are in order, and below
// high unless that is nil. The first must be the one that the branch above has,
// unless there is none: bbolt finds a page by it when it writes.
//
// bbolt writes keys and values one behind the other, which tells a wrong number
// of elements from the right one.
func (p content) keys(first, high []byte) ([][]byte, error) {
	if pageHeadSize+p.count()*elementSize > len(p) {
		return nil, fmt.Errorf("%d elements are too many", p.count())
	}
	keys := make([][]byte, p.count())
	end := uint64(pageHeadSize + p.count()*elementSize)
	for i := range keys {
		position, length, rest := p.extent(i)
		at := uint64(pageHeadSize+i*elementSize) + position
		if length == 0 || at != end || at+length+rest > uint64(len(p)) {
			return nil, fmt.Errorf("element %d is not where it should be", i)
		}
		end = at + length + rest
		keys[i] = p[at : at+length : at+length]
		if i > 0 && bytes.Compare(keys[i-1], keys[i]) >= 0 {
			return nil, fmt.Errorf("element %d is not in order", i)
		}
	}
	if !fits(keys, first, high) {
		return nil, errors.New("it does not fit the page above")
	}
	return keys, nil
}

// fits reports whether keys that are in order are what a branch says of them.
func fits(keys [][]byte, first, high []byte) bool {
	if len(keys) == 0 {
		return first == nil
	}
	return (first == nil || bytes.Equal(keys[0], first)) && (high == nil || bytes.Compare(keys[len(keys)-1], high) < 0)
}

// extent returns where the key of an element is, and the lengths of its key
// and value.
func (p content) extent(i int) (position, key, value uint64) {
	e := p.element(i)
	if p.kind() == kindBranch {
		return uint64(order.Uint32(e)), uint64(order.Uint32(e[4:])), 0
	}
	return uint64(order.Uint32(e[4:])), uint64(order.Uint32(e[8:])), uint64(order.Uint32(e[12:]))
}

// value returns the value of an element of a leaf that keys has checked.
func (p content) value(i int) []byte {
	position, key, value := p.extent(i)
	at := uint64(pageHeadSize+i*elementSize) + position + key
	return p[at : at+value]
}
