# What runs deployments: engine and kernels, compiled so that they need nothing but libc, in libraries
# that export slipway.h alone. deploy.so goes into every deployment, libslipway_engine.so is
# the same for programs that are linked with it.
file(GLOB engine_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/engine/*.cc
  ${CMAKE_SOURCE_DIR}/src/kernels/*.cc)
list(FILTER engine_sources EXCLUDE REGEX "_test\\.cc$")
file(GLOB engine_headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/engine/*.h
  ${CMAKE_SOURCE_DIR}/src/kernels/*.h ${CMAKE_SOURCE_DIR}/include/slipway/slipway.h)
list(FILTER engine_headers EXCLUDE REGEX "/testing\\.h$")

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

set(SLIPWAY_LIBC_ONLY -O3 -g0 -fno-math-errno -fPIC -fvisibility=hidden -fvisibility-inlines-hidden -fno-exceptions
  -fno-rtti -fno-threadsafe-statics -fno-asynchronous-unwind-tables -ffunction-sections
  -fdata-sections)
set(SLIPWAY_LIBC_ONLY_LINK -Wl,--no-undefined -Wl,--gc-sections -Wl,--as-needed -Wl,-z,now -s)

if(SLIPWAY_SANITIZE OR SLIPWAY_FUZZ)
  list(TRANSFORM SLIPWAY_LIBC_ONLY REPLACE "^-O3$" "-O1") # nobody waits for it there
  # Sanitizers need libraries of their own: compiled a second time without them.
  add_library(slipway_engine_objects OBJECT ${engine_sources} ${engine_id})
  set_target_properties(slipway_engine_objects PROPERTIES COMPILE_OPTIONS "${SLIPWAY_LIBC_ONLY}")
  target_include_directories(slipway_engine_objects PRIVATE ${CMAKE_SOURCE_DIR}/src
    ${CMAKE_SOURCE_DIR}/include)
  target_link_libraries(slipway_engine_objects PRIVATE slipway_warnings)
  set(engine_objects $<TARGET_OBJECTS:slipway_engine_objects>)
else()
  set_target_properties(slipway_kernels slipway_engine PROPERTIES
    COMPILE_OPTIONS "${SLIPWAY_LIBC_ONLY}")
  set(engine_objects $<TARGET_OBJECTS:slipway_kernels> $<TARGET_OBJECTS:slipway_engine>)
endif()

add_library(slipway_deploy SHARED ${engine_objects})
add_library(slipway_engine_library SHARED ${engine_objects})
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

# The same for the other kind of processor, where the packages of the group 'cross' are.
set(SLIPWAY_OTHER_ARCH aarch64)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL aarch64)
  set(SLIPWAY_OTHER_ARCH x86_64)
endif()
set(cross_target ${SLIPWAY_OTHER_ARCH}-linux-gnu)
find_program(SLIPWAY_CROSS_CXX clang++-16)
find_program(SLIPWAY_CROSS_LD ld.lld-16)
find_file(SLIPWAY_CROSS_LIBC libc.so.6 PATHS /usr/${cross_target}/lib NO_DEFAULT_PATH)
find_file(SLIPWAY_CROSS_HEADERS span PATHS /usr/${cross_target}/include/c++/12 NO_DEFAULT_PATH)

# slipway_cross_library(OUT output): compiles the engine for the other processor.
function(slipway_cross_library OUT)
  get_cmake_property(names VARIABLES)
  list(FILTER names INCLUDE REGEX "^SLIPWAY_ISA_")
  foreach(source ${engine_sources} ${engine_id})
    set(flags "")
    set(belongs TRUE)
    slipway_small(small ${SLIPWAY_OTHER_ARCH} ${source})
    if(small)
      set(flags -Os)
    endif()
    foreach(name ${names})
      string(REPLACE SLIPWAY_ISA_ "" isa ${name})
      if(source MATCHES "_${isa}\\.cc$")
        list(GET ${name} 0 processor)
        list(SUBLIST ${name} 1 -1 flags)
        string(COMPARE EQUAL ${processor} ${SLIPWAY_OTHER_ARCH} belongs)
      endif()
    endforeach()
    if(NOT belongs)
      continue()
    endif()
    get_filename_component(folder ${source} DIRECTORY)
    get_filename_component(folder ${folder} NAME)
    get_filename_component(name ${source} NAME_WE)
    set(name ${folder}_${name})  # both folders have a pool.cc
    set(object ${CMAKE_BINARY_DIR}/deploy/${SLIPWAY_OTHER_ARCH}/${name}.o)
    add_custom_command(OUTPUT ${object}
      COMMAND ${SLIPWAY_CROSS_CXX} --target=${cross_target} -std=c++20 -ffp-contract=off -DNDEBUG
        ${SLIPWAY_LIBC_ONLY} ${flags} -I${CMAKE_SOURCE_DIR}/src -I${CMAKE_SOURCE_DIR}/include
        -MD -MF ${object}.d -c ${source} -o ${object}
      DEPENDS ${source} DEPFILE ${object}.d VERBATIM)
    list(APPEND objects ${object})
  endforeach()
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/deploy/${SLIPWAY_OTHER_ARCH})
  add_custom_command(OUTPUT ${OUT}
    COMMAND ${SLIPWAY_CROSS_CXX} --target=${cross_target} -shared -nostdlib++
      --ld-path=${SLIPWAY_CROSS_LD} -Wl,-soname,deploy.so ${SLIPWAY_LIBC_ONLY_LINK} ${objects} -lm
      -o ${OUT}
    DEPENDS ${objects} VERBATIM)
endfunction()

set(libraries ${SLIPWAY_DEPLOY_LIBRARY})
if(SLIPWAY_CROSS_CXX AND SLIPWAY_CROSS_LD AND SLIPWAY_CROSS_LIBC AND SLIPWAY_CROSS_HEADERS)
  set(SLIPWAY_DEPLOY_OTHER ${CMAKE_BINARY_DIR}/deploy/deploy_other.so)
  slipway_cross_library(${SLIPWAY_DEPLOY_OTHER})
  list(APPEND libraries ${SLIPWAY_DEPLOY_OTHER})
endif()
slipway_embed(deploy_libraries ${libraries})
if(SLIPWAY_DEPLOY_OTHER)
  target_compile_definitions(deploy_libraries PUBLIC SLIPWAY_OTHER_ARCH)
endif()
add_dependencies(deploy_libraries slipway_deploy)
