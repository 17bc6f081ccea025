package store

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// holder names the process that has the file locked, as " (process 12, name)";
// "" where the system does not tell: only Linux does, and not for processes of
// another container.
func holder(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	locks, err := os.ReadFile("/proc/locks")
	if err != nil {
		return ""
	}
	pid := lockedBy(string(locks), info.Sys().(*syscall.Stat_t).Ino)
	if pid == 0 {
		return ""
	}
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil {
		return fmt.Sprintf(" (process %d)", pid)
	}
	return fmt.Sprintf(" (process %d, %s)", pid, strings.TrimSpace(string(name)))
}

// lockedBy finds the process in lines such as
//
//	1: FLOCK  ADVISORY  WRITE 4711 fe:01:131 0 EOF
//
// (proc_locks(5)). The device in it is not always the one that stat reports,
// so the inode has to do; 0 means that nobody was found.
func lockedBy(locks string, inode uint64) (pid int) {
	for line := range strings.Lines(locks) {
		fields := strings.Fields(line)
		if len(fields) < 6 || fields[1] != "FLOCK" || !strings.HasSuffix(fields[5], ":"+strconv.FormatUint(inode, 10)) {
			continue
		}
		if pid, err := strconv.Atoi(fields[4]); err == nil && pid > 0 {
			return pid
		}
	}
	return 0
}
