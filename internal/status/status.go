// Package status owns the bits of status lists: Bitstring Status List v1.0 (W3C Recommendation, May 2025) §3, the entries of
// a Token Status List §4, and the keyed order in which indexes are given out.
//
// It refuses bitstrings under 131,072 entries, lists that inflate beyond limits.InflatedBytes, and indexes that are not a
// plain decimal number.
package status
