package main

import (
	"os"
	"path/filepath"
)

// maxLinks bounds the symbolic links on the way to a file, as the system does.
const maxLinks = 40

// onTheWay returns where an absolute path really leads, and the symbolic links
// that lead there. Above none of these is another link.
func onTheWay(path string) (links []string, real string) {
	for range maxLinks {
		link, rest := firstLink(path)
		if link == "" {
			break
		}
		links = append(links, link)
		target, err := os.Readlink(link)
		if err != nil {
			break // it was replaced in this moment, which is an event of its own
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(link), target)
		}
		path = filepath.Join(target, rest)
	}
	return links, path
}

// firstLink returns the shortest beginning of a path that is a symbolic link,
// and what follows it; "" when there is none.
func firstLink(path string) (link, rest string) {
	for at := range path {
		if path[at] == filepath.Separator && isLink(path[:at]) {
			return path[:at], path[at+1:]
		}
	}
	if isLink(path) {
		return path, ""
	}
	return "", ""
}

func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&os.ModeSymlink != 0
}
