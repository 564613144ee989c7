package cbor

// AppendUint appends a number that is not negative.
func AppendUint(dst []byte, n int) []byte { return appendHead(dst, majorUint, n) }

// AppendInt appends a number.
func AppendInt(dst []byte, n int) []byte {
	if n < 0 {
		return appendHead(dst, majorMinus, -1-n)
	}
	return appendHead(dst, majorUint, n)
}

// AppendBytes appends a byte string.
func AppendBytes(dst, b []byte) []byte { return append(appendHead(dst, majorBytes, len(b)), b...) }

// AppendText appends a text.
func AppendText(dst []byte, s string) []byte { return append(appendHead(dst, majorText, len(s)), s...) }

// AppendArray appends the head of an array of n items, which follow.
func AppendArray(dst []byte, n int) []byte { return appendHead(dst, majorArray, n) }

// AppendMap appends the head of a map of n pairs, which follow, keys in the order of their bytes (RFC 8949 §4.2.1).
func AppendMap(dst []byte, n int) []byte { return appendHead(dst, majorMap, n) }

// AppendTag appends a tag, whose content follows.
func AppendTag(dst []byte, number int) []byte { return appendHead(dst, majorTag, number) }

// Append appends a value that was read, byte for byte as it was.
func Append(dst []byte, v Value) []byte {
	switch v.kind {
	case Int:
		return AppendInt(dst, v.n)
	case Bytes:
		return AppendBytes(dst, v.b)
	case Text:
		return AppendText(dst, v.s)
	case Array:
		dst = AppendArray(dst, len(v.items))
		for _, it := range v.items {
			dst = Append(dst, it)
		}
	case Map:
		dst = AppendMap(dst, len(v.pairs))
		for _, p := range v.pairs {
			dst = Append(Append(dst, p.Key), p.Value)
		}
	case Tag:
		return Append(AppendTag(dst, v.n), v.items[0])
	case Bool:
		return appendHead(dst, majorOther, 20+v.n)
	case Null:
		return appendHead(dst, majorOther, 22)
	}
	return dst
}

func appendHead(dst []byte, major byte, n int) []byte {
	major <<= 5
	switch {
	case n < 24:
		return append(dst, major|byte(n)) //nolint:gosec // below 24
	case n < 1<<8:
		return append(dst, major|24, byte(n))
	case n < 1<<16:
		return append(dst, major|25, byte(n>>8), byte(n)) //nolint:gosec // split on purpose
	case n < 1<<32:
		return append(dst, major|26, byte(n>>24), byte(n>>16), byte(n>>8), byte(n)) //nolint:gosec // split on purpose
	}
	dst = append(dst, major|27)
	for shift := 56; shift >= 0; shift -= 8 {
		dst = append(dst, byte(n>>shift)) //nolint:gosec // split on purpose
	}
	return dst
}
