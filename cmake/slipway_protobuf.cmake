# slipway_protobuf(TARGET name.proto...)
#
# A library of what protoc makes of messages that Debian installs, x.proto -> x.pb.h and x.pb.cc.
find_package(Protobuf REQUIRED)
find_program(PROTOC protoc REQUIRED)

function(slipway_protobuf TARGET)
  set(folder ${CMAKE_BINARY_DIR}/generated/${TARGET})
  foreach(path ${ARGN})
    find_file(SLIPWAY_PROTO_${path} ${path} PATHS /usr/include REQUIRED)
    set(proto ${SLIPWAY_PROTO_${path}})
    get_filename_component(name ${path} NAME_WE)
    get_filename_component(home ${proto} DIRECTORY)
    add_custom_command(OUTPUT ${folder}/${name}.pb.cc ${folder}/${name}.pb.h
      COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
      COMMAND ${PROTOC} --cpp_out=${folder} -I ${home} ${proto}
      DEPENDS ${proto} VERBATIM)
    list(APPEND sources ${folder}/${name}.pb.cc)
  endforeach()
  add_library(${TARGET} STATIC ${sources})
  target_include_directories(${TARGET} SYSTEM PUBLIC ${folder})
  target_link_libraries(${TARGET} PUBLIC protobuf::libprotobuf-lite)
endfunction()
