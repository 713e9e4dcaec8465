#pragma once
// Nothing to call: SeenLock.c takes the place of a function of Swift's library.
