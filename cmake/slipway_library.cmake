# slipway_library(NAME [DEPS folder...] [LIBS lib...] [PRIVATE_LIBS lib...] [TEST_LIBS lib...])
#
# One folder of src/ is one static library. Its sources are globbed, so adding a file touches no
# build file; *_test.cc become the folder's test program, main.cc is left to slipway_program.
function(slipway_library NAME)
  cmake_parse_arguments(ARG "" "" "DEPS;LIBS;PRIVATE_LIBS;TEST_LIBS" ${ARGN})
  set(root ${CMAKE_SOURCE_DIR}/src/${NAME})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${root}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  slipway_isa_sources(${sources})
  list(TRANSFORM ARG_DEPS PREPEND slipway_)

  if(sources)
    add_library(slipway_${NAME} STATIC ${sources})
    set(scope PUBLIC)
    target_link_libraries(slipway_${NAME} PRIVATE slipway_warnings ${ARG_PRIVATE_LIBS})
    slipway_precompile(slipway_${NAME})
  else()
    add_library(slipway_${NAME} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(slipway_${NAME} ${scope} ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(slipway_${NAME} ${scope} ${ARG_DEPS} ${ARG_LIBS})

  set_property(GLOBAL APPEND PROPERTY SLIPWAY_LIBRARIES slipway_${NAME}) # for fuzz/

  if(tests AND BUILD_TESTING)
    add_executable(${NAME}_test ${tests})
    target_link_libraries(${NAME}_test PRIVATE slipway_${NAME} slipway_warnings ${ARG_PRIVATE_LIBS}
      ${ARG_TEST_LIBS} GTest::gmock_main rapidcheck_gtest)
    slipway_precompile(${NAME}_test TESTS)
    gtest_discover_tests(${NAME}_test TEST_PREFIX ${NAME}. DISCOVERY_MODE PRE_TEST NO_PRETTY_VALUES
      WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} PROPERTIES TIMEOUT 180)
  endif()
endfunction()

# slipway_program(NAME source [DEPS folder...])
#
# A program at the top of the build folder.
function(slipway_program NAME SOURCE)
  cmake_parse_arguments(ARG "" "" "DEPS" ${ARGN})
  list(TRANSFORM ARG_DEPS PREPEND slipway_)
  add_executable(${NAME} ${SOURCE})
  target_link_libraries(${NAME} PRIVATE ${ARG_DEPS} slipway_warnings)
  set_target_properties(${NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
endfunction()
