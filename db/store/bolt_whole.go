package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"syscall"
)

// A bbolt file begins with two copies of its header ("meta page"), one for
// each of the last two transactions. After 16 bytes of page header stand, in
// the byte order of the machine: magic, version, page size and flags in 4
// bytes each; root, sequence, free list, number of pages and transaction in 8
// bytes each; and the FNV-1a sum of all that.
const (
	pageHeaderSize = 16
	headerSize     = 64
	headerMagic    = 0xED0CDAED
)

// errCutOff means that pages are missing at the end of the file.
var errCutOff = errors.New("the file is cut off")

// checkWhole reports a file that is shorter than its header says. bbolt maps
// files into memory, where reading a missing page would end the process. What
// else may be wrong with the file is left to bbolt.
func checkWhole(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if info.Size() == 0 {
		return errCutOff // bbolt would make a new database of it
	}
	if want := boltSize(file); info.Size() < want {
		return fmt.Errorf("%w: it has %d bytes of %d", errCutOff, info.Size(), want)
	}
	return nil
}

// boltSize returns the number of bytes that the newer valid header promises,
// or 0 when there is none.
func boltSize(file io.ReaderAt) int64 {
	var size int64
	var newest uint64
	for _, offset := range []int64{0, int64(os.Getpagesize())} {
		page, pages, tx := readHeader(file, offset)
		if page > 0 && (size == 0 || tx > newest) {
			size, newest = page*pages, tx
		}
	}
	return size
}

func readHeader(file io.ReaderAt, offset int64) (pageSize, pages int64, tx uint64) {
	var h [headerSize]byte
	if _, err := file.ReadAt(h[:], offset+pageHeaderSize); err != nil {
		return 0, 0, 0
	}
	order := binary.NativeEndian
	sum := fnv.New64a()
	_, _ = sum.Write(h[:headerSize-8])
	if order.Uint32(h[:]) != headerMagic || order.Uint64(h[56:]) != sum.Sum64() {
		return 0, 0, 0
	}
	return int64(order.Uint32(h[8:])), int64(order.Uint64(h[40:])), order.Uint64(h[48:])
}

// unusable adds the file's name, and what to do about damage, to an error of
// opening it.
func unusable(path string, err error) error {
	if errno := syscall.Errno(0); errors.As(err, &errno) {
		return fmt.Errorf("%s: %w", path, err)
	}
	return fmt.Errorf("%s: %w (%w): restore it from a backup, or move it away to begin anew",
		path, ErrCorrupt, err)
}
