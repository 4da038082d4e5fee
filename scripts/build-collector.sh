#!/usr/bin/env bash
# Builds the OpenTelemetry Collector of collector-manifest.yaml once, into a cache outside the repository, and prints the path of the
# binary: the only line on stdout. Exit code 3 when there is no Go. Never leaves a half-built binary where a finished one is looked for.
set -euo pipefail

builder_version=v0.155.0
# What the sources that the builder writes import beside the components of the manifest.
core_modules=(
  'go.opentelemetry.io/collector/otelcol v0.155.0'
  'go.opentelemetry.io/collector/component v1.61.0'
)

manifest="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/collector-manifest.yaml"
hash="$({ sha256sum 2>/dev/null || shasum -a 256; } <"$manifest" | cut -c1-16)"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/agent-vitals/otelcol-$hash"
binary="$cache/otelcol"

if [[ ! -x $binary ]]; then
  if ! command -v go >/dev/null; then
    echo 'build-collector: no Go on this machine (https://go.dev/dl), the collector cannot be built' >&2
    exit 3
  fi
  mkdir -p "$cache"
  # Whoever comes second waits and finds the binary. Without flock both build, and the rename below keeps that harmless too.
  exec 9>"$cache/lock"
  if command -v flock >/dev/null; then flock 9; fi
fi

if [[ ! -x $binary ]]; then
  work="$(mktemp -d "$cache/build-XXXXXX")"
  trap 'rm -rf "$work"' EXIT
  (
    cd "$work"
    echo "build-collector: building into $cache, a few minutes the first time" >&2
    GOBIN="$work/bin" GOFLAGS= go install "go.opentelemetry.io/collector/cmd/builder@$builder_version"
    # The builder's own `go mod tidy` asks for test dependencies that are not to be had. So it writes the sources only, and with
    # --skip-get-modules that is without a go.mod.
    bin/builder --config "$manifest" --skip-get-modules --skip-compilation
    cd out
    {
      printf 'module otelcol\n\ngo 1.25.0\n\nrequire (\n'
      printf '\t%s\n' "${core_modules[@]}"
      sed -n 's/^ *- gomod: */\t/p' "$manifest"
      printf ')\n'
    } >go.mod
    CGO_ENABLED=0 GOFLAGS=-mod=mod go build -trimpath -ldflags='-s -w' -o otelcol .
  ) >&2
  mv "$work/out/otelcol" "$binary"
fi

echo "$binary"
