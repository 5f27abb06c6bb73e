# What `cmake --install` puts where: the program, and for programs that run deployments header,
# library, CMake package (slipway::engine) and pkg-config file.
set(CMAKE_INSTALL_LIBDIR lib)
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS slipway RUNTIME)
install(TARGETS slipway_engine_library EXPORT slipway LIBRARY)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/slipway TYPE INCLUDE)
set_target_properties(slipway_engine_library PROPERTIES EXPORT_NAME engine)
target_include_directories(slipway_engine_library INTERFACE
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/slipway)
install(EXPORT slipway NAMESPACE slipway:: FILE slipwayConfig.cmake DESTINATION ${package})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/generated/slipwayConfigVersion.cmake
  COMPATIBILITY SameMajorVersion)
install(FILES ${CMAKE_BINARY_DIR}/generated/slipwayConfigVersion.cmake DESTINATION ${package})
configure_file(${CMAKE_SOURCE_DIR}/cmake/slipway.pc.in ${CMAKE_BINARY_DIR}/generated/slipway.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/generated/slipway.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
