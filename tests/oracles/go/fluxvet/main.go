// fluxvet decodes objects of Flux strictly into the Go types of its controllers.
//
// Standard input holds one JSON object a line, {"text": "YAML of one object"}; standard output answers each with one
// line, {"kind": "..."} where it decodes, with "error" where it does not, with "unknown" where no type is known.
package main

import (
	"bufio"
	"encoding/json"
	"os"

	helmv2 "github.com/fluxcd/helm-controller/api/v2"
	kustomizev1 "github.com/fluxcd/kustomize-controller/api/v1"
	sourcev1 "github.com/fluxcd/source-controller/api/v1"
	"sigs.k8s.io/yaml"
)

var types = map[string]func() any{
	"helm.toolkit.fluxcd.io/v2/HelmRelease":        func() any { return new(helmv2.HelmRelease) },
	"kustomize.toolkit.fluxcd.io/v1/Kustomization": func() any { return new(kustomizev1.Kustomization) },
	"source.toolkit.fluxcd.io/v1/HelmRepository":   func() any { return new(sourcev1.HelmRepository) },
	"source.toolkit.fluxcd.io/v1/GitRepository":    func() any { return new(sourcev1.GitRepository) },
	"source.toolkit.fluxcd.io/v1/OCIRepository":    func() any { return new(sourcev1.OCIRepository) },
	"source.toolkit.fluxcd.io/v1/HelmChart":        func() any { return new(sourcev1.HelmChart) },
	"source.toolkit.fluxcd.io/v1/Bucket":           func() any { return new(sourcev1.Bucket) },
}

type answer struct {
	Kind    string `json:"kind"`
	Error   string `json:"error,omitempty"`
	Unknown bool   `json:"unknown,omitempty"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<26)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var r struct {
			Text string `json:"text"`
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			panic(err)
		}
		if err := out.Encode(judge([]byte(r.Text))); err != nil {
			panic(err)
		}
	}
	if err := lines.Err(); err != nil {
		panic(err)
	}
}

func judge(text []byte) answer {
	var head struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
	}
	if err := yaml.Unmarshal(text, &head); err != nil {
		return answer{Error: err.Error()}
	}
	a := answer{Kind: head.APIVersion + "/" + head.Kind}
	made, ok := types[a.Kind]
	if !ok {
		a.Unknown = true
		return a
	}
	if err := yaml.UnmarshalStrict(text, made()); err != nil {
		a.Error = err.Error()
	}
	return a
}
