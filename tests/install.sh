#!/bin/bash
# install.sh BUILD: what is installed serves programs in C and C++, by CMake and by pkg-config.
set -euo pipefail
build=$(cd "$1" && pwd)
top=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
quiet() { "$@" >log 2>&1 || { cat log; exit 1; }; }

quiet cmake --install "$build" --prefix "$work/prefix"
prefix/bin/slipway compile -q --tune none "$top/tests/cli/compile/net.slipway" -o net
prefix/bin/slipway compile -q --tune none --portable "$top/tests/cli/compile/net.slipway" -o portable

quiet cmake -S "$top/examples/04_use_a_deployment" -B by_cmake -DCMAKE_PREFIX_PATH="$work/prefix" \
  -DCMAKE_C_COMPILER=clang-16 -DCMAKE_CXX_COMPILER=clang++-16
quiet cmake --build by_cmake
by_cmake/use_c net
by_cmake/use_cc net
by_cmake/use_cc portable portable | grep 'computed with portable'
! by_cmake/use_cc portable abacus 2>error
grep "no plan for 'abacus'" error

# shellcheck disable=SC2046
clang-16 "$top/examples/04_use_a_deployment/main.c" -o by_pkg_config \
  $(PKG_CONFIG_PATH=prefix/lib/pkgconfig pkg-config --cflags --libs slipway)
LD_LIBRARY_PATH=prefix/lib ./by_pkg_config net
