#pragma once
// The generated reader of schema.fbs, in one place.

#include <span>

#include "schema_generated.h"
