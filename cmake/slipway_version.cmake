# generated/version/cli/version_info.h: the version, and the commit where this is a git checkout.
# Two builds of one commit get the same bytes.
execute_process(COMMAND git -C ${CMAKE_SOURCE_DIR} rev-parse --short=12 HEAD
  OUTPUT_VARIABLE SLIPWAY_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
configure_file(${CMAKE_SOURCE_DIR}/src/cli/version_info.h.in
  ${CMAKE_BINARY_DIR}/generated/version/cli/version_info.h @ONLY)
add_library(slipway_version INTERFACE)
target_include_directories(slipway_version INTERFACE ${CMAKE_BINARY_DIR}/generated/version)
