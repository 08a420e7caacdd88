// Package datapackage reads tables of a Frictionless data package with types,
// units and constraints, and says of every fault where it stands:
// file:line:column. Nothing is taken on trust: encoding, control characters,
// field counts, types, ranges, patterns, NaN and infinity, duplicate keys and
// foreign keys are checked on every read, and every size has a limit.
//
// An overlay is a second folder with some of the same tables. It replaces whole
// blocks: all rows that agree in the fields that the descriptor names as
// `block` (all countries of a commodity, say), so that shares cannot be mixed
// from two sources.
//
// The shipped package is trusted to have the fields that the program asks for;
// asking for another one is a fault of the program and panics. Tables, the
// shipped ones too, are not trusted in anything else.
package datapackage
