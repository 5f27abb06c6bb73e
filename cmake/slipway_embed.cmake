# slipway_embed(TARGET file...)
#
# A library with the bytes of each file between the symbols slipway_embedded_<name> and
# slipway_embedded_<name>_end. The assembler copies them, so that no generated source is compiled.
enable_language(ASM)

function(slipway_embed TARGET)
  set(source ${CMAKE_BINARY_DIR}/generated/${TARGET}.S)
  set(text ".section .note.GNU-stack,\"\",%progbits\n.section .rodata\n")
  foreach(file ${ARGN})
    get_filename_component(name ${file} NAME_WE)
    string(MAKE_C_IDENTIFIER ${name} name)
    string(APPEND text ".balign 64\n.globl slipway_embedded_${name}\nslipway_embedded_${name}:\n"
      ".incbin \"${file}\"\n.globl slipway_embedded_${name}_end\nslipway_embedded_${name}_end:\n.byte 0\n")
  endforeach()
  file(CONFIGURE OUTPUT ${source} CONTENT "${text}" @ONLY)
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS "${ARGN}")
  add_library(${TARGET} STATIC ${source})
  set_target_properties(${TARGET} PROPERTIES ASM_COMPILER_LAUNCHER "")
endfunction()
