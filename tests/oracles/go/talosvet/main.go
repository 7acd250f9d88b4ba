// talosvet judges machine configs as the Talos release does whose machinery module it is built with.
//
// Standard input holds one JSON object a line, standard output answers each with one line. A request generates a
// config for a contract and role with throw-away secrets, or takes one that it is handed; applies patches in order;
// and validates the result strictly. The answer holds the configs before and after as text, so that they can be
// compared as data, and the verdict.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/configloader"
	"github.com/siderolabs/talos/pkg/machinery/config/configpatcher"
	"github.com/siderolabs/talos/pkg/machinery/config/encoder"
	"github.com/siderolabs/talos/pkg/machinery/config/generate"
	"github.com/siderolabs/talos/pkg/machinery/config/generate/secrets"
	"github.com/siderolabs/talos/pkg/machinery/config/machine"
	"github.com/siderolabs/talos/pkg/machinery/config/validation"
)

// mode is validation.RuntimeMode for metal, cloud or container.
type mode string

func (m mode) String() string        { return string(m) }
func (m mode) RequiresInstall() bool { return m == "metal" }
func (m mode) InContainer() bool     { return m == "container" }

var _ validation.RuntimeMode = mode("metal")

type patch struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

type request struct {
	// Config is the config to start from; without it one is generated out of the four fields below.
	Config     string `json:"config"`
	Contract   string `json:"contract"`
	Role       string `json:"role"`
	Kubernetes string `json:"kubernetes"`
	Image      string `json:"image"`

	Patches []patch `json:"patches"`
	Mode    string  `json:"mode"`
}

type answer struct {
	// Stage is where it ended: config, load, apply, result, validate; done when it is valid.
	Stage    string   `json:"stage"`
	Error    string   `json:"error,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
	Base     string   `json:"base,omitempty"`
	Result   string   `json:"result,omitempty"`
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "version" {
		fmt.Println(version())
		return
	}
	v := vetter{bundles: map[string]*secrets.Bundle{}, bases: map[string][]byte{}}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<26)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var r request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			panic(err)
		}
		if err := out.Encode(v.judge(r)); err != nil {
			panic(err)
		}
	}
	if err := lines.Err(); err != nil {
		panic(err)
	}
}

func version() string {
	bi, _ := debug.ReadBuildInfo()
	for _, d := range bi.Deps {
		if d.Path == "github.com/siderolabs/talos/pkg/machinery" {
			return d.Version
		}
	}
	return "unknown"
}

// vetter remembers secrets and generated configs: making keys is what costs.
type vetter struct {
	bundles map[string]*secrets.Bundle
	bases   map[string][]byte
}

func (v *vetter) judge(r request) answer {
	base := []byte(r.Config)
	if r.Config == "" {
		var err error
		if base, err = v.generate(r); err != nil {
			return refused("config", err)
		}
	}
	a := patched(base, r)
	a.Base = string(base)
	return a
}

func (v *vetter) generate(r request) ([]byte, error) {
	key := strings.Join([]string{r.Contract, r.Role, r.Kubernetes, r.Image}, " ")
	if base, ok := v.bases[key]; ok {
		return base, nil
	}
	contract, err := config.ParseContractFromVersion(r.Contract)
	if err != nil {
		return nil, err
	}
	bundle, ok := v.bundles[r.Contract]
	if !ok {
		if bundle, err = secrets.NewBundle(secrets.NewClock(), contract); err != nil {
			return nil, err
		}
		v.bundles[r.Contract] = bundle
	}
	options := []generate.Option{
		generate.WithVersionContract(contract), generate.WithSecretsBundle(bundle), generate.WithInstallDisk("/dev/sda"),
	}
	if r.Image != "" {
		options = append(options, generate.WithInstallImage(r.Image))
	}
	in, err := generate.NewInput("oracle", "https://192.0.2.1:6443", r.Kubernetes, options...)
	if err != nil {
		return nil, err
	}
	role, err := machine.ParseType(r.Role)
	if err != nil {
		return nil, err
	}
	cfg, err := in.Config(role)
	if err != nil {
		return nil, err
	}
	base, err := encoded(cfg)
	if err == nil {
		v.bases[key] = base
	}
	return base, err
}

// patched applies the patches one after the other, as `talosctl patch mc` does, and validates what would be written.
func patched(base []byte, r request) answer {
	cfg, err := configloader.NewFromBytes(base)
	if err != nil {
		return refused("config", err)
	}
	for _, item := range r.Patches {
		p, err := configpatcher.LoadPatch([]byte(item.Text))
		if err != nil {
			return refused("load", fmt.Errorf("%s: %w", item.Name, err))
		}
		out, err := configpatcher.Apply(configpatcher.WithConfig(cfg), []configpatcher.Patch{p})
		if err != nil {
			return refused("apply", fmt.Errorf("%s: %w", item.Name, err))
		}
		if cfg, err = out.Config(); err != nil {
			return refused("result", fmt.Errorf("%s: %w", item.Name, err))
		}
	}
	text, err := encoded(cfg)
	if err != nil {
		return refused("result", err)
	}
	if cfg, err = configloader.NewFromBytes(text); err != nil {
		return refused("result", err)
	}
	m := mode(r.Mode)
	if m == "" {
		m = "metal"
	}
	warnings, err := cfg.Validate(m, validation.WithLocal(), validation.WithStrict())
	if err == nil && len(warnings) > 0 {
		err = fmt.Errorf("warnings: %s", strings.Join(warnings, "; "))
	}
	a := answer{Stage: "done", Warnings: warnings, Result: string(text)}
	if err != nil {
		a.Stage, a.Error = "validate", err.Error()
	}
	return a
}

func encoded(cfg config.Provider) ([]byte, error) {
	return cfg.EncodeBytes(encoder.WithComments(encoder.CommentsDisabled))
}

func refused(stage string, err error) answer {
	return answer{Stage: stage, Error: strings.TrimSpace(err.Error())}
}
