// Package batch splits a long run of draws into shards that any scheduler may
// compute, and merges them exactly. The store is a folder, the run directory:
//
//	plan.json              what is computed; never changes; its SHA-256 names the run
//	data/I/*.csv           own tables of the plan (--data), copied
//	shards/KKKKK.parquet   the draws of shard K: one table over all shards
//	totals/KKKKK.bin       sums, counts and sketches of the same draws
//	manifests/KKKKK.json   written last: shard K is there, with the SHA-256 of its files
//	attempts/KKKKK.ndjson  who computed it when; nothing reads it
//	cancel                 a marker: start nothing more
//
// Shard K of S owns draws
//
//	floor(K D/S) <= k < floor((K+1) D/S)
//
// and draw k depends on the seed and on k alone (package assess). The bytes of a
// shard therefore depend on the plan and on K, not on time, host, threads or on
// who computed the others. A file is written under a temporary name, synced and
// renamed, the manifest last: whatever a killed process leaves is either whole
// and confirmed, or ignored and computed again. Two processes on one shard write
// the same bytes twice.
//
// Merging adds integers: counts, sketches with integer counts, and sums in fixed
// point (package quantile). It is exact in any order, so that 1 shard and 1,000
// give the same bits. Quantiles are exact, from the rows of the shards, up to
// ExactDraws draws; beyond they are those of the sketch.
//
// Cost: that of the draws. Memory does not grow with D: a shard holds one row
// group of the table and one sketch a number and scenario; gathering holds at
// most ExactNumbers numbers. Not for a few hundred draws: the ranges of `rank`
// and `disrupt` need no folder.
package batch
