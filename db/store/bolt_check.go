package store

import (
	"errors"
	"fmt"
	"io"
)

// checker walks through all pages that a header leads to.
type checker struct {
	file io.ReaderAt
	header
	met []bool // the pages that something refers to
}

// checkPages reports pages that cannot be read as what they should be, keys
// that are out of order, and pages that are referred to twice or not at all.
func checkPages(file io.ReaderAt, h header) error {
	c := checker{file, h, make([]bool, h.pages)}
	if err := c.tree(h.root, nil, nil); err != nil {
		return err
	}
	if h.freeList == noFreeList {
		return nil // then the rest is free
	}
	if err := c.free(); err != nil {
		return err
	}
	for page := uint64(firstPage); page < h.pages; page++ {
		if !c.met[page] {
			return fmt.Errorf("page %d is lost", page)
		}
	}
	return nil
}

// meet notes that something refers to a page.
func (c *checker) meet(page uint64) error {
	switch {
	case page < firstPage || page >= c.pages:
		return fmt.Errorf("page %d is out of bounds", page)
	case c.met[page]:
		return fmt.Errorf("page %d is used twice", page)
	}
	c.met[page] = true
	return nil
}

// read returns a page with the pages that belong to it.
func (c *checker) read(page uint64) (content, error) {
	if err := c.meet(page); err != nil {
		return nil, err
	}
	p := make(content, c.pageSize)
	if _, err := c.file.ReadAt(p, int64(page)*c.pageSize); err != nil {
		return nil, err
	}
	if p.id() != page {
		return nil, fmt.Errorf("page %d says that it is page %d", page, p.id())
	}
	further := p.further()
	for next := page + 1; next <= page+further; next++ {
		if err := c.meet(next); err != nil {
			return nil, err
		}
	}
	if further == 0 {
		return p, nil
	}
	p = make(content, int64(1+further)*c.pageSize)
	_, err := c.file.ReadAt(p, int64(page)*c.pageSize)
	return p, err
}

// tree checks a page and what is below it. The branch above says that its keys
// begin with first and are below high; nil means that it says nothing.
func (c *checker) tree(page uint64, first, high []byte) error {
	p, err := c.read(page)
	if err != nil {
		return err
	}
	switch {
	case p.kind() == kindLeaf:
		err = c.leaf(p, first, high)
	case p.kind() == kindBranch && p.count() > 0:
		err = c.branch(p, first, high)
	default:
		err = fmt.Errorf("it is of kind %#x with %d elements", p.kind(), p.count())
	}
	if err != nil {
		return fmt.Errorf("page %d: %w", page, err)
	}
	return nil
}

func (c *checker) branch(p content, first, high []byte) error {
	keys, err := p.keys(first, high)
	if err != nil {
		return err
	}
	for i, key := range keys {
		end := high
		if i+1 < len(keys) {
			end = keys[i+1]
		}
		if err := c.tree(order.Uint64(p.element(i)[8:]), key, end); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) leaf(p content, first, high []byte) error {
	keys, err := p.keys(first, high)
	if err != nil {
		return err
	}
	for i := range keys {
		switch flags := order.Uint32(p.element(i)); flags {
		case 0:
		case flagBucket:
			if err := c.bucket(p.value(i)); err != nil {
				return fmt.Errorf("bucket %q: %w", keys[i], err)
			}
		default:
			return fmt.Errorf("element %d has flags %#x", i, flags)
		}
	}
	return nil
}

func (c *checker) bucket(value []byte) error {
	if len(value) < bucketSize {
		return errors.New("its value is too short")
	}
	if root := order.Uint64(value); root != 0 {
		return c.tree(root, nil, nil)
	}
	p := content(value[bucketSize:])
	if len(p) < pageHeadSize || p.kind() != kindLeaf {
		return errors.New("its value is no page")
	}
	return c.leaf(p, nil, nil)
}

// free checks the list of free pages, and notes them.
func (c *checker) free() error {
	p, err := c.read(c.freeList)
	if err != nil {
		return err
	}
	if p.kind() != kindFree {
		return fmt.Errorf("page %d is no list of free pages", c.freeList)
	}
	list, count := p[pageHeadSize:], uint64(p.count())
	if count == manyFree {
		list, count = list[8:], order.Uint64(list)
	}
	if count > uint64(len(list)/8) {
		return fmt.Errorf("page %d cannot list %d free pages", c.freeList, count)
	}
	for i := range count {
		if err := c.meet(order.Uint64(list[8*i:])); err != nil {
			return fmt.Errorf("list of free pages: %w", err)
		}
	}
	return nil
}
