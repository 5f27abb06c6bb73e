# Warnings are errors; what is switched off says why.
add_library(slipway_warnings INTERFACE)
target_compile_options(slipway_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow
  -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual -Wextra-semi -Wnull-dereference -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 sees null dereferences and uninitialised members in inlined standard containers.
  target_compile_options(slipway_warnings INTERFACE -Wno-null-dereference -Wno-maybe-uninitialized
    -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread -Wno-missing-field-initializers
    -Wno-restrict -Wno-dangling-pointer)
else()
  # Partial designated initialisers are how an op with defaults is written down.
  target_compile_options(slipway_warnings INTERFACE -Wno-missing-field-initializers
    -Wno-missing-designated-field-initializers -Wno-unknown-warning-option)
endif()
