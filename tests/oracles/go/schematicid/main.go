// schematicid answers, for every schematic that it is handed, what the Image Factory makes of it.
//
// Standard input holds one JSON object a line, {"text": "..."}; standard output answers each with one line,
// {"id": "...", "canonical": "..."} or {"error": "..."}.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"os"

	"github.com/siderolabs/image-factory/pkg/schematic"
)

// Text travels in base64: a schematic may hold bytes that are not UTF-8, and JSON would change them.
type request struct {
	Text string `json:"text"`
}

type answer struct {
	ID        string `json:"id,omitempty"`
	Canonical string `json:"canonical,omitempty"`
	Error     string `json:"error,omitempty"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<26)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var r request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			panic(err)
		}
		text, err := base64.StdEncoding.DecodeString(r.Text)
		if err != nil {
			panic(err)
		}
		if err := out.Encode(judge(text)); err != nil {
			panic(err)
		}
	}
	if err := lines.Err(); err != nil {
		panic(err)
	}
}

func judge(text []byte) answer {
	s, err := schematic.Unmarshal(text)
	if err != nil {
		return answer{Error: err.Error()}
	}
	// As the open source factory does with what is posted to it.
	if err := s.Validate(false); err != nil {
		return answer{Error: err.Error()}
	}
	id, err := s.ID()
	if err != nil {
		return answer{Error: err.Error()}
	}
	canonical, err := s.Marshal()
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{ID: id, Canonical: base64.StdEncoding.EncodeToString(canonical)}
}
