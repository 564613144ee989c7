// Package service_test holds the real binary to what integrators rely on: the command line, the settings and HTTP, each
// scenario on SQLite and on PostgreSQL. It knows nothing of the packages inside, only what the program answers.
//
// A scenario that carries a row of the list of threats has its id in its name: "W22: …".
package service_test
