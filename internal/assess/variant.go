package assess

// Variant returns an engine of the same catalogue with another method and other
// edits. It shares the economy where lambda is the same, which is what takes
// time: without it a variant is ready within a millisecond or two.
func (e *Engine) Variant(m Method, sets ...string) (*Engine, error) {
	other, err := New(e.Catalog, m, sets...)
	if err != nil || m.Lambda != e.Method.Lambda {
		return other, err
	}
	op, err := e.Operator()
	other.economyOnce.Do(func() { other.operator, other.economyErr = op, err })
	return other, err
}

// Sets are the edits that the engine was made with, as key=value.
func (e *Engine) Sets() []string { return e.sets }
