module verify

go 1.19

// Before 0.40.0, TileHashReader of x/mod accepts two entries that were swapped together with their hashes
// (CVE-2026-56865). This program recomputes the tree from the entries instead, so that any version will do.
require golang.org/x/mod v0.40.0
