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

type link struct {
	Prev []byte `json:"p"`
	Seq  int64  `json:"s"`
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
	tree, err := checkpoint(filepath.Join(folder, "checkpoint"), vkey)
	if err != nil {
		return tree, err
	}
	earlier := make([]tlog.Tree, len(kept))
	for i, path := range kept {
		if earlier[i], err = checkpoint(path, vkey); err != nil {
			return tree, err
		}
		if earlier[i].N > tree.N {
			return tree, fmt.Errorf("size %d: you kept a checkpoint of size %d: the tail was cut off", tree.N, earlier[i].N)
		}
	}
	stored, err := grow(folder, tree.N)
	if err != nil {
		return tree, err
	}
	root, err := tlog.TreeHash(tree.N, stored)
	if err != nil {
		return tree, err
	}
	if root != tree.Hash {
		return tree, fmt.Errorf("size %d: the entries are not those that were signed", tree.N)
	}
	for _, old := range earlier {
		if err := follows(old, tree, stored); err != nil {
			return tree, err
		}
	}
	return tree, tiles(folder, tree.N, stored)
}

// checkpoint opens a signed note; package note verifies the signature.
func checkpoint(path, vkey string) (tlog.Tree, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return tlog.Tree{}, err
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		size := strings.Split(string(data)+"\n\n", "\n")[1]
		return tlog.Tree{}, fmt.Errorf("checkpoint of size %s: %v", size, err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("%s: not a checkpoint of %s", path, verifier.Name())
	}
	// Package tlog reads the same three lines, with a first line of its own.
	return tlog.ParseTree([]byte("go.sum database tree\n" + strings.Join(lines[1:], "\n")))
}

// grow reads every entry and computes the whole tree.
func grow(folder string, size int64) (hashes, error) {
	var stored hashes
	var before tlog.Hash
	for first := int64(0); first < size; first += 1 << height {
		width := min(1<<height, size-first)
		data, err := os.ReadFile(filepath.Join(folder, "tile", "entries", place(first>>height, width)))
		if err != nil {
			return nil, fmt.Errorf("entry %d: its bundle cannot be read: %v", first, err)
		}
		for index := first; index < first+width; index++ {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				return nil, fmt.Errorf("entry %d: its bundle is cut off", index)
			}
			end := 2 + int(binary.BigEndian.Uint16(data))
			entry := data[2:end]
			data = data[end:]
			var at link
			if err := json.Unmarshal(entry, &at); err != nil {
				return nil, fmt.Errorf("entry %d: %v", index, err)
			}
			if at.Seq != index || !bytes.Equal(at.Prev, before[:]) {
				return nil, fmt.Errorf("entry %d: it does not stand where it says, or does not follow the entry before", index)
			}
			before = tlog.RecordHash(entry)
			more, err := tlog.StoredHashes(index, entry, stored)
			if err != nil {
				return nil, err
			}
			stored = append(stored, more...)
		}
		if len(data) > 0 {
			return nil, fmt.Errorf("entry %d: its bundle holds more than the checkpoint covers", first+width)
		}
	}
	return stored, nil
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
