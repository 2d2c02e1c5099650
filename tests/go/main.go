// Verifies a log with a library that nobody here wrote: golang.org/x/mod/sumdb. Arguments: a folder with vkey,
// checkpoint, older (a smaller checkpoint), entry, index, proof (one base64 hash a line), and tile/… by tlog-tiles paths.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	if err := verify(os.Args[1]); err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
}

// tiles reads hash tiles from the folder; their paths differ from sumdb's, which name the height too.
type tiles struct{ folder string }

func (t tiles) Height() int { return 8 }

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		path := strings.TrimPrefix(tile.Path(), "tile/8/")
		data, err := os.ReadFile(filepath.Join(t.folder, "tile", path))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func verify(folder string) error {
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			panic(err)
		}
		return string(data)
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(read("vkey")))
	if err != nil {
		return fmt.Errorf("vkey: %v", err)
	}
	tree, err := openCheckpoint(read("checkpoint"), verifier)
	if err != nil {
		return fmt.Errorf("checkpoint: %v", err)
	}
	older, err := openCheckpoint(read("older"), verifier)
	if err != nil {
		return fmt.Errorf("older checkpoint: %v", err)
	}
	fmt.Println("signature", tree.N)

	hashes := tlog.TileHashReader(tree, tiles{folder})
	index, _ := strconv.ParseInt(strings.TrimSpace(read("index")), 10, 64)
	leaf := tlog.RecordHash([]byte(read("entry")))
	proof, err := tlog.ProveRecord(tree.N, index, hashes)
	if err != nil {
		return fmt.Errorf("inclusion from tiles: %v", err)
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf); err != nil {
		return fmt.Errorf("inclusion: %v", err)
	}
	fmt.Println("inclusion", index)

	var ours tlog.RecordProof
	for _, line := range strings.Fields(read("proof")) {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		ours = append(ours, hash)
	}
	if err := tlog.CheckRecord(ours, tree.N, tree.Hash, index, leaf); err != nil {
		return fmt.Errorf("served proof: %v", err)
	}
	fmt.Println("proof", len(ours))

	consistency, err := tlog.ProveTree(tree.N, older.N, hashes)
	if err != nil {
		return fmt.Errorf("consistency from tiles: %v", err)
	}
	if err := tlog.CheckTree(consistency, tree.N, tree.Hash, older.N, older.Hash); err != nil {
		return fmt.Errorf("consistency: %v", err)
	}
	fmt.Println("consistency", older.N)
	return nil
}

func openCheckpoint(text string, verifier note.Verifier) (tlog.Tree, error) {
	opened, err := note.Open([]byte(text), note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("origin or lines: %q", opened.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	hash, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: hash}, err
}
