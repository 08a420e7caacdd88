package ask

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"chokepoint/data"
	"chokepoint/internal/catalog"
	"chokepoint/internal/scenario"
)

// nameForm is what a scenario may be called.
var nameForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// MaxNameBytes bounds the name of a scenario.
const MaxNameBytes = 64

// IsName tells whether a text can be the name of a scenario: lower-case letters,
// digits and single hyphens. Such a name is no path.
func IsName(text string) bool { return len(text) <= MaxNameBytes && nameForm.MatchString(text) }

// LibraryNames lists the scenarios that the program ships, sorted.
func LibraryNames() ([]string, error) {
	library, err := data.Scenarios()
	if err != nil {
		return nil, err
	}
	files, err := fs.Glob(library, "*.yaml")
	if err != nil {
		return nil, err
	}
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = strings.TrimSuffix(path.Base(f), ".yaml")
	}
	slices.Sort(names)
	return names, nil
}

// LibraryText returns the file of a scenario that the program ships; ok is false
// where there is none of this name.
func LibraryText(name string) (content []byte, ok bool, err error) {
	library, err := data.Scenarios()
	if err != nil || !IsName(name) {
		return nil, false, err
	}
	content, err = fs.ReadFile(library, name+".yaml")
	return content, err == nil, nil
}

// LibraryFile reads a scenario that the program ships.
func LibraryFile(c *catalog.Catalog, name string) (*scenario.File, bool, error) {
	content, ok, err := LibraryText(name)
	if err != nil || !ok {
		return nil, false, err
	}
	f, err := scenario.ReadFile(c, name+".yaml", content)
	if err != nil {
		return nil, true, fmt.Errorf("library: %w", err)
	}
	return f, true, nil
}
