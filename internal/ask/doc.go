// Package ask reads questions as people put them and gives the answers their
// parts: which commodities, which scenario, which method, with the tables that
// the command line and the server both show. The words are those of the command
// line; a scenario's meaning is in package scenario, its result in assess.
//
// Nothing here opens a file that a question names: who may read files does so
// itself and hands the text over.
package ask
