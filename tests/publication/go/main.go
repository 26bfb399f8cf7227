// Checks a published log with the Go project's own client of transparency logs.
//
// It shares nothing with the product: signed notes and Merkle proofs are those of
// golang.org/x/mod/sumdb.  Only the paths of C2SP tlog-tiles are made here, since
// the checksum database names its tiles with their height.
//
//	main -url URL -key KEY [-old FILE] [-every N]
//
// Every record is hashed and compared with its tile, every N-th and the last are
// proved to be included, and the checkpoint in FILE is proved to be a prefix.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8
const width = 1 << height

func fetch(address string) ([]byte, error) {
	answer, err := http.Get(address)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", address, answer.Status)
	}
	return io.ReadAll(answer.Body)
}

// numbered is the path of a tile or bundle of a log, without its kind.
func numbered(number int64, count int) string {
	text := fmt.Sprintf("%03d", number%1000)
	for number >= 1000 {
		number /= 1000
		text = fmt.Sprintf("x%03d/%s", number%1000, text)
	}
	if count < width {
		text += fmt.Sprintf(".p/%d", count)
	}
	return text
}

// tiles reads hash tiles over the network; the client proves them before it believes them.
type tiles struct {
	url    string
	loaded map[string][]byte
	asked  int
}

func (t *tiles) Height() int { return height }

func (t *tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	found := make([][]byte, len(wanted))
	for i, tile := range wanted {
		path := fmt.Sprintf("tile/%d/%s", tile.L, numbered(tile.N, tile.W))
		body, known := t.loaded[path]
		if !known {
			var err error
			if body, err = fetch(t.url + "/" + path); err != nil {
				return nil, err
			}
			t.asked++
		}
		found[i] = body
	}
	return found, nil
}

func (t *tiles) SaveTiles(proved []tlog.Tile, data [][]byte) {
	if len(t.loaded) > 4096 {
		t.loaded = map[string][]byte{}
	}
	for i, tile := range proved {
		t.loaded[fmt.Sprintf("tile/%d/%s", tile.L, numbered(tile.N, tile.W))] = data[i]
	}
}

func checkpoint(signed []byte, key string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("the checkpoint is not of %s", verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	raw, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(raw) != tlog.HashSize {
		return tlog.Tree{}, fmt.Errorf("the root is malformed")
	}
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], raw)
	return tree, nil
}

// records are the entries of one bundle, each with two bytes of length before it.
func records(body []byte) ([][]byte, error) {
	var found [][]byte
	for len(body) > 0 {
		if len(body) < 2 {
			return nil, fmt.Errorf("the bundle is cut")
		}
		length := int(body[0])<<8 | int(body[1])
		if len(body) < 2+length {
			return nil, fmt.Errorf("the bundle is cut")
		}
		found = append(found, body[2:2+length])
		body = body[2+length:]
	}
	return found, nil
}

func peak() int64 {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if parts := strings.Fields(lines.Text()); len(parts) > 1 && parts[0] == "VmHWM:" {
			kib, _ := strconv.ParseInt(parts[1], 10, 64)
			return kib / 1024
		}
	}
	return 0
}

func must(err error) {
	if err != nil {
		log.Fatal("FAULT ", err)
	}
}

func main() {
	url := flag.String("url", "", "address of the feed")
	key := flag.String("key", "", "key of the log")
	old := flag.String("old", "", "file with a checkpoint seen before")
	every := flag.Int64("every", 1, "prove the inclusion of every n-th record")
	flag.Parse()
	begun := time.Now()

	signed, err := fetch(*url + "/checkpoint")
	must(err)
	tree, err := checkpoint(signed, *key)
	must(err)
	reader := &tiles{url: *url, loaded: map[string][]byte{}}
	hashes := tlog.TileHashReader(tree, reader)
	root, err := tlog.TreeHash(tree.N, hashes)
	must(err)
	if root != tree.Hash {
		log.Fatal("FAULT the tiles do not lead to the root")
	}

	counted, proved := int64(0), 0
	for first := int64(0); first < tree.N; first += width {
		count := int(tree.N - first)
		if count > width {
			count = width
		}
		body, err := fetch(*url + "/tile/entries/" + numbered(first/width, count))
		must(err)
		entries, err := records(body)
		must(err)
		if len(entries) != count {
			log.Fatalf("FAULT bundle %d holds %d records", first/width, len(entries))
		}
		places := make([]int64, count)
		for i := range places {
			places[i] = tlog.StoredHashIndex(0, first+int64(i))
		}
		stored, err := hashes.ReadHashes(places)
		must(err)
		for i, entry := range entries {
			index, hash := first+int64(i), tlog.RecordHash(entry)
			if hash != stored[i] {
				log.Fatalf("FAULT record %d is not the one in the tile", index)
			}
			if index%*every == 0 || index == tree.N-1 {
				proof, err := tlog.ProveRecord(tree.N, index, hashes)
				must(err)
				must(tlog.CheckRecord(proof, tree.N, tree.Hash, index, hash))
				proved++
			}
			counted++
		}
	}

	before := tlog.Tree{}
	if *old != "" {
		seen, err := os.ReadFile(*old)
		must(err)
		before, err = checkpoint(seen, *key)
		must(err)
		proof, err := tlog.ProveTree(tree.N, before.N, hashes)
		must(err)
		must(tlog.CheckTree(proof, tree.N, tree.Hash, before.N, before.Hash))
	}
	must(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"size": tree.N, "root": fmt.Sprintf("%x", tree.Hash[:]), "records": counted,
		"proved": proved, "old_size": before.N, "tiles": reader.asked,
		"seconds": time.Since(begun).Seconds(), "peak_rss_mib": peak(),
	}))
}
