# slipway_op_files(TARGET)
#
# What is in the folders of src/ops, by the names of its files: ops/all_ops.h includes every header,
# for the list of ops, and all_cases() has a row for each x_cases.cc with its function x_cases(). A
# new op is its files and its line in src/ops/list.cc.
function(slipway_op_files TARGET)
  set(root ${CMAKE_SOURCE_DIR}/src)
  set(generated ${CMAKE_BINARY_DIR}/generated/ops)
  set(includes "#pragma once\n")
  file(GLOB headers CONFIGURE_DEPENDS RELATIVE ${root} ${root}/ops/*/*.h)
  foreach(header ${headers})
    string(APPEND includes "#include \"${header}\"\n")
  endforeach()
  file(GLOB files CONFIGURE_DEPENDS ${root}/ops/*/*_cases.cc)
  foreach(file ${files})
    get_filename_component(name ${file} NAME_WE)
    list(APPEND names ${name})
  endforeach()
  list(SORT names)
  foreach(name ${names})
    string(REPLACE "_cases" "" title ${name})
    string(APPEND declarations "Cases ${name}();\n")
    string(APPEND rows "      {\"${title}\", ops::${name}},\n")
  endforeach()
  file(CONFIGURE OUTPUT ${generated}/ops/all_ops.h CONTENT "${includes}" @ONLY)
  file(CONFIGURE OUTPUT ${generated}/all_cases.cc @ONLY CONTENT "#include \"ops/case.h\"
namespace slipway {
namespace ops {
${declarations}}
std::span<const CaseList> all_cases() {
  static constexpr CaseList kLists[] = {
${rows}  };
  return kLists;
}
}
")
  target_sources(${TARGET} PRIVATE ${generated}/all_cases.cc)
  target_include_directories(${TARGET} PRIVATE ${generated})
endfunction()
