# slipway_precompile(NAME [TESTS])
#
# Parses once per target what nearly every source includes: two fifths of a first build. A compiler
# cache saves more on every later one and does not keep such files, so that it comes first; it also
# shows when a source forgot an include, as does the second compiler.
option(SLIPWAY_PRECOMPILE "precompiled headers, where there is no compiler cache" ON)

function(slipway_precompile NAME)
  if(CCACHE OR NOT SLIPWAY_PRECOMPILE OR NAME MATCHES "kernels|engine") # those include nothing
    return()
  endif()
  set(headers <algorithm> <cmath> <cstdint> <functional> <map> <memory> <optional> <span> <string>
    <string_view> <utility> <variant> <vector> <fmt/core.h> <fmt/format.h>)
  if(ARGV1 STREQUAL TESTS)
    list(APPEND headers <gtest/gtest.h> <gmock/gmock.h>)
  endif()
  if(NOT NAME MATCHES "^(slipway_)?(base|tensor)(_test)?$")
    list(APPEND headers ${CMAKE_SOURCE_DIR}/src/ir/graph.h)
  endif()
  target_precompile_headers(${NAME} PRIVATE ${headers})
endfunction()
