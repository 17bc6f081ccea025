package store

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
)

// A bbolt file begins with two copies of its header ("meta page"), one for
// each of the last two transactions. After the head of a page stand, in the
// byte order of the machine: magic, version, page size and flags in 4 bytes
// each; root, sequence, free list, number of pages and transaction in 8 bytes
// each; and the FNV-1a sum of all that.
const (
	headerSize    = 64
	headerMagic   = 0xED0CDAED
	headerVersion = 2
	minPageSize   = 1 << 10
	maxPageSize   = 1 << 24
)

// header is what a header page says.
type header struct {
	pageSize int64
	root     uint64 // page of the bucket of all buckets
	freeList uint64 // page, or noFreeList
	pages    uint64 // number of pages
	tx       uint64 // transaction that wrote it
}

// errCutOff means that pages are missing at the end of the file.
var errCutOff = errors.New("the file is cut off")

// checkWhole reports a file whose pages are not all there, or do not belong
// together. bbolt maps files into memory and believes what it reads there: a
// missing page would end the process, a wrong reference may let it run in
// circles, and a page that is wrongly listed as free would be overwritten.
//
// warning says that the file is whole, but the last change to it may be lost.
func checkWhole(file *os.File) (warning string, err error) {
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	if info.Size() == 0 {
		return "", errCutOff // bbolt would make a new database of it
	}
	h, warning, err := newestHeader(file)
	if err != nil {
		return "", err
	}
	if want := int64(h.pages) * h.pageSize; info.Size() < want {
		return "", fmt.Errorf("%w: it has %d bytes of %d", errCutOff, info.Size(), want)
	}
	return warning, checkPages(file, h)
}

// newestHeader returns the header that bbolt is going to use. When the other is
// unusable, it may have held the last transaction; unless it can still be seen
// that it held the one before.
func newestHeader(file io.ReaderAt) (h header, warning string, err error) {
	first, ok := readHeader(file, 0)
	if !ok {
		h, ok = secondHeader(file)
		if !ok {
			return h, "", errors.New("it has no valid header")
		}
		return h, lostChange(file, 0, h), nil
	}
	second, ok := readHeader(file, first.pageSize)
	switch {
	case !ok:
		return first, lostChange(file, first.pageSize, first), nil
	case second.tx > first.tx:
		return second, "", nil
	}
	return first, "", nil
}

// secondHeader looks for it at all places where it can be.
func secondHeader(file io.ReaderAt) (h header, ok bool) {
	for size := int64(minPageSize); size <= maxPageSize; size *= 2 {
		if h, ok := readHeader(file, size); ok && h.pageSize == size {
			return h, true
		}
	}
	return h, false
}

// lostChange returns a warning unless the unusable header at offset seems to be
// older than h.
func lostChange(file io.ReaderAt, offset int64, h header) string {
	var tx [8]byte
	_, _ = file.ReadAt(tx[:], offset+pageHeadSize+48) // zeros are an answer, too
	if order.Uint64(tx[:])+1 == h.tx {
		return ""
	}
	return "one of its two headers is damaged, so the last change to it may be lost"
}

func readHeader(file io.ReaderAt, offset int64) (h header, ok bool) {
	var b [headerSize]byte
	if _, err := file.ReadAt(b[:], offset+pageHeadSize); err != nil {
		return h, false
	}
	sum := fnv.New64a()
	_, _ = sum.Write(b[:headerSize-8])
	if order.Uint32(b[:]) != headerMagic || order.Uint32(b[4:]) != headerVersion || order.Uint64(b[56:]) != sum.Sum64() {
		return h, false
	}
	h = header{
		pageSize: int64(order.Uint32(b[8:])),
		root:     order.Uint64(b[16:]),
		freeList: order.Uint64(b[32:]),
		pages:    order.Uint64(b[40:]),
		tx:       order.Uint64(b[48:]),
	}
	return h, h.pageSize >= minPageSize && h.pageSize <= maxPageSize && h.pages <= maxFileSize/uint64(h.pageSize)
}
