#include "pending.h"
