// Check an exported ledger with Go's own transparency log packages, which verify the Go checksum database:
// golang.org/x/mod/sumdb/note and tlog.
//
//	verify DIRECTORY VKEY [CHECKPOINT-YOU-KEPT ...]
//
// The tree is recomputed from the entries; tiles are compared with it. Exit status 0: it is as signed. 1: it is not.
package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8 // a tile holds 2^8 hashes

// hashes keeps the tree as package tlog numbers it, and serves it back to that package.
type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index < 0 || index >= int64(len(h)) {
			return nil, fmt.Errorf("no hash %d", index)
		}
		out[i] = h[index]
	}
	return out, nil
}

type entry struct {
	Prev []byte `json:"p"`
	Seq  int64  `json:"s"`
	Body struct {
		Kind   string          `json:"kind"`
		Public json.RawMessage `json:"public"`
	} `json:"b"`
}

// key is one verifier key, and the sizes that it may sign for.
type key struct {
	vkey        string
	first, last int64
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: verify DIRECTORY VKEY [CHECKPOINT-YOU-KEPT ...]")
		os.Exit(2)
	}
	tree, err := verify(os.Args[1], os.Args[2], os.Args[3:])
	if err != nil {
		fmt.Println("REFUSED", err)
		os.Exit(1)
	}
	fmt.Printf("as signed: %d entries, root %v; %d kept checkpoints agree\n", tree.N, tree.Hash, len(os.Args)-3)
}

func verify(folder, vkey string, kept []string) (tlog.Tree, error) {
	newest, err := read(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return newest.tree, err
	}
	checkpoints := []checkpoint{newest}
	for _, path := range kept {
		one, err := read(path)
		if err != nil {
			return newest.tree, err
		}
		if one.tree.N > newest.tree.N {
			return newest.tree, fmt.Errorf("size %d: you kept a checkpoint of size %d: the tail was cut off", newest.tree.N, one.tree.N)
		}
		checkpoints = append(checkpoints, one)
	}
	stored, keys, err := grow(folder, newest.tree.N, vkey)
	if err != nil {
		return newest.tree, err
	}
	for _, one := range checkpoints {
		if err := one.check(keys); err != nil {
			return newest.tree, err
		}
	}
	root, err := tlog.TreeHash(newest.tree.N, stored)
	if err != nil {
		return newest.tree, err
	}
	if root != newest.tree.Hash {
		return newest.tree, fmt.Errorf("size %d: the entries are not those that were signed", newest.tree.N)
	}
	for _, old := range checkpoints[1:] {
		if err := follows(old.tree, newest.tree, stored); err != nil {
			return newest.tree, err
		}
	}
	return newest.tree, tiles(folder, newest.tree.N, stored)
}

// checkpoint is a signed note, and the tree that its text names.
type checkpoint struct {
	note   []byte
	origin string
	tree   tlog.Tree
}

// read reads a checkpoint; its signatures are verified when the keys are known.
func read(path string) (checkpoint, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return checkpoint{}, err
	}
	end := bytes.LastIndex(data, []byte("\n\n"))
	lines := strings.Split(string(data[:end+1]), "\n")
	if len(lines) != 4 {
		return checkpoint{}, fmt.Errorf("%s: not a checkpoint", path)
	}
	// Package tlog reads the same three lines, with a first line of its own.
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + strings.Join(lines[1:], "\n")))
	return checkpoint{data, lines[0], tree}, err
}

// check verifies that a key signed which may sign at this size; package note does the work.
func (c checkpoint) check(keys []key) error {
	var valid []note.Verifier
	for _, one := range keys {
		if one.first <= c.tree.N && c.tree.N <= one.last {
			verifier, err := note.NewVerifier(one.vkey)
			if err != nil {
				return err
			}
			valid = append(valid, verifier)
		}
	}
	if _, err := note.Open(c.note, note.VerifierList(valid...)); err != nil {
		return fmt.Errorf("size %d: %v", c.tree.N, err)
	}
	if c.origin != valid[0].Name() {
		return fmt.Errorf("size %d: the checkpoint is of another ledger, %s", c.tree.N, c.origin)
	}
	return nil
}

// turn reads an entry about keys: one hands the ledger over to a new key, one names the last size that a former key
// may have signed.
func turn(keys []key, index int64, body entry, stored hashes) ([]key, error) {
	var public struct {
		Note, Vkey string
		Last       int64
	}
	if err := json.Unmarshal(body.Body.Public, &public); err != nil {
		return nil, fmt.Errorf("entry %d: %v", index, err)
	}
	if body.Body.Kind == "key.revoke" {
		for i := range keys {
			if keys[i].vkey == public.Vkey {
				keys[i].last = public.Last
			}
		}
		return keys, nil
	}
	root, err := tlog.TreeHash(index, stored)
	if err != nil {
		return nil, err
	}
	old := &keys[len(keys)-1]
	text := fmt.Sprintf("alpr-ledger/succession/v1\n%d\n%v\n%s\n", index, root, old.vkey)
	lines := strings.Split(strings.TrimPrefix(public.Note, text), "\n")
	for _, vkey := range []string{old.vkey, lines[0]} {
		verifier, err := note.NewVerifier(vkey)
		if err != nil {
			return nil, fmt.Errorf("entry %d: %v", index, err)
		}
		opened, err := note.Open([]byte(public.Note), note.VerifierList(verifier))
		if err != nil {
			return nil, fmt.Errorf("entry %d: %v", index, err)
		}
		if opened.Text != text+lines[0]+"\n" {
			return nil, fmt.Errorf("entry %d: it hands another ledger over", index)
		}
	}
	old.last = index + 1
	return append(keys, key{lines[0], index + 1, math.MaxInt64}), nil
}

// grow reads every entry, computes the whole tree, and follows the keys from the first one on.
func grow(folder string, size int64, vkey string) (hashes, []key, error) {
	var stored hashes
	keys := []key{{vkey, 1, math.MaxInt64}}
	var before tlog.Hash
	for first := int64(0); first < size; first += 1 << height {
		width := min(1<<height, size-first)
		data, err := os.ReadFile(filepath.Join(folder, "tile", "entries", place(first>>height, width)))
		if err != nil {
			return nil, nil, fmt.Errorf("entry %d: its bundle cannot be read: %v", first, err)
		}
		for index := first; index < first+width; index++ {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				return nil, nil, fmt.Errorf("entry %d: its bundle is cut off", index)
			}
			end := 2 + int(binary.BigEndian.Uint16(data))
			record := data[2:end]
			data = data[end:]
			var at entry
			if err := json.Unmarshal(record, &at); err != nil {
				return nil, nil, fmt.Errorf("entry %d: %v", index, err)
			}
			if at.Seq != index || !bytes.Equal(at.Prev, before[:]) {
				return nil, nil, fmt.Errorf("entry %d: it does not stand where it says, or does not follow the entry before", index)
			}
			if at.Body.Kind == "key.rotate" || at.Body.Kind == "key.revoke" {
				if keys, err = turn(keys, index, at, stored); err != nil {
					return nil, nil, err
				}
			}
			before = tlog.RecordHash(record)
			more, err := tlog.StoredHashes(index, record, stored)
			if err != nil {
				return nil, nil, err
			}
			stored = append(stored, more...)
		}
		if len(data) > 0 {
			return nil, nil, fmt.Errorf("entry %d: its bundle holds more than the checkpoint covers", first+width)
		}
	}
	return stored, keys, nil
}

// follows proves and checks that an older tree is the beginning of this one.
func follows(old, tree tlog.Tree, stored hashes) error {
	proof, err := tlog.ProveTree(tree.N, old.N, stored)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
		return fmt.Errorf("size %d: this is not the ledger whose checkpoint you kept: %v", old.N, err)
	}
	return nil
}

// tiles compares every tile with the tree.
func tiles(folder string, size int64, stored hashes) error {
	for level := 0; size>>(height*level) > 0; level++ {
		count := size >> (height * level)
		for first := int64(0); first < count; first += 1 << height {
			tile := tlog.Tile{H: height, L: level, N: first >> height, W: int(min(1<<height, count-first))}
			expected, err := tlog.ReadTileData(tile, stored)
			if err != nil {
				return err
			}
			name := filepath.Join("tile", fmt.Sprint(level), place(tile.N, int64(tile.W)))
			found, err := os.ReadFile(filepath.Join(folder, name))
			if err != nil {
				return err
			}
			if !bytes.Equal(found, expected) {
				return errors.New(name + " does not hold the hashes of its entries")
			}
		}
	}
	return nil
}

// place is where tile or bundle n lies: digits in threes, all but the last behind an x; a partial one with its width.
func place(n, width int64) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n /= 1000; n > 0; n /= 1000 {
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	if width < 1<<height {
		path += fmt.Sprintf(".p/%d", width)
	}
	return path
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}
