# cmake -DLIST=files.txt -DOUT=engine_id.cc -P hash_sources.cmake: a source with the first 64 bits of
# the SHA-256 of the files, which LIST names one a line.
file(STRINGS ${LIST} files)
set(all "")
foreach(file ${files})
  file(SHA256 ${file} hash)
  get_filename_component(name ${file} NAME)
  string(APPEND all "${name} ${hash}\n")
endforeach()
string(SHA256 id "${all}")
string(SUBSTRING ${id} 0 16 id)
file(CONFIGURE OUTPUT ${OUT} CONTENT "#include \"engine/params.h\"

const char* slipway::engine::engine_id() { return \"${id}\"; }
")
