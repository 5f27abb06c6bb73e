# slipway_flatbuffers(TARGET schema.fbs...)
#
# An interface library with the C++ header that flatc makes of each schema, x.fbs -> x_generated.h.
find_package(FlatBuffers REQUIRED)
find_program(FLATC flatc REQUIRED)

function(slipway_flatbuffers TARGET)
  set(folder ${CMAKE_BINARY_DIR}/generated/${TARGET})
  foreach(schema ${ARGN})
    get_filename_component(name ${schema} NAME_WE)
    add_custom_command(OUTPUT ${folder}/${name}_generated.h
      COMMAND ${FLATC} --cpp -o ${folder} ${CMAKE_SOURCE_DIR}/${schema}
      DEPENDS ${CMAKE_SOURCE_DIR}/${schema} VERBATIM)
    list(APPEND headers ${folder}/${name}_generated.h)
  endforeach()
  add_custom_target(${TARGET}_headers DEPENDS ${headers})
  add_library(${TARGET} INTERFACE)
  target_include_directories(${TARGET} SYSTEM INTERFACE ${folder})
  add_dependencies(${TARGET} ${TARGET}_headers)
endfunction()
