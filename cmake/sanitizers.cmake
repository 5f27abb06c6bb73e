# SLIPWAY_SANITIZE is a list as -fsanitize takes it ("address,undefined"); set by the presets.
set(SLIPWAY_SANITIZE "" CACHE STRING "sanitizers to build with, comma-separated")
if(SLIPWAY_SANITIZE)
  add_compile_options(-fsanitize=${SLIPWAY_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${SLIPWAY_SANITIZE})
endif()
if(SLIPWAY_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
