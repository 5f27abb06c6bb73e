# What runs deployments: the sources of engine and kernels a second time, so that they need nothing
# but libc and export slipway.h alone. deploy.so goes into every deployment, libslipway_engine.so is
# the same for programs that are linked with it.
file(GLOB engine_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/engine/*.cc
  ${CMAKE_SOURCE_DIR}/src/kernels/*.cc)
list(FILTER engine_sources EXCLUDE REGEX "_test\\.cc$")
file(GLOB engine_headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/engine/*.h
  ${CMAKE_SOURCE_DIR}/src/kernels/*.h ${CMAKE_SOURCE_DIR}/include/slipway/slipway.h)

# Which sources they are made of: a plan's steps are rows of their tables.
set(engine_id ${CMAKE_BINARY_DIR}/generated/engine_id.cc)
list(JOIN engine_sources "\n" engine_lines)
list(JOIN engine_headers "\n" header_lines)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/engine_files.txt
  CONTENT "${engine_lines}\n${header_lines}\n")
add_custom_command(OUTPUT ${engine_id}
  COMMAND ${CMAKE_COMMAND} -DLIST=${CMAKE_BINARY_DIR}/generated/engine_files.txt -DOUT=${engine_id}
    -P ${CMAKE_SOURCE_DIR}/cmake/hash_sources.cmake
  DEPENDS ${engine_sources} ${engine_headers} ${CMAKE_BINARY_DIR}/generated/engine_files.txt
    ${CMAKE_SOURCE_DIR}/cmake/hash_sources.cmake VERBATIM)
target_sources(slipway_engine PRIVATE ${engine_id})
target_include_directories(slipway_engine PUBLIC ${CMAKE_SOURCE_DIR}/include)

set(SLIPWAY_LIBC_ONLY -O3 -g0 -fPIC -fvisibility=hidden -fvisibility-inlines-hidden -fno-exceptions -fno-math-errno
  -fno-rtti -fno-threadsafe-statics -fno-asynchronous-unwind-tables -ffunction-sections
  -fdata-sections)
set(SLIPWAY_LIBC_ONLY_LINK -Wl,--no-undefined -Wl,--gc-sections -Wl,--as-needed -Wl,-z,now -s)

add_library(slipway_engine_objects OBJECT ${engine_sources} ${engine_id})
# In place of what the folder has: sanitizers need libraries of their own.
set_target_properties(slipway_engine_objects PROPERTIES COMPILE_OPTIONS "${SLIPWAY_LIBC_ONLY}")
target_include_directories(slipway_engine_objects PRIVATE ${CMAKE_SOURCE_DIR}/src
  ${CMAKE_SOURCE_DIR}/include)
target_link_libraries(slipway_engine_objects PRIVATE slipway_warnings)

add_library(slipway_deploy SHARED $<TARGET_OBJECTS:slipway_engine_objects>)
add_library(slipway_engine_library SHARED $<TARGET_OBJECTS:slipway_engine_objects>)
# Linked as C, which brings no library of C++.
set_target_properties(slipway_deploy slipway_engine_library PROPERTIES LINKER_LANGUAGE C
  LINK_OPTIONS "${SLIPWAY_LIBC_ONLY_LINK}")
target_link_libraries(slipway_deploy PRIVATE m)
target_link_libraries(slipway_engine_library PRIVATE m)
set(SLIPWAY_DEPLOY_LIBRARY ${CMAKE_BINARY_DIR}/deploy/deploy.so)
set_target_properties(slipway_deploy PROPERTIES PREFIX "" OUTPUT_NAME deploy
  LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/deploy)
set_target_properties(slipway_engine_library PROPERTIES OUTPUT_NAME slipway_engine
  VERSION ${PROJECT_VERSION} SOVERSION 1 LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)

slipway_embed(deploy_libraries ${SLIPWAY_DEPLOY_LIBRARY})
add_dependencies(deploy_libraries slipway_deploy)
