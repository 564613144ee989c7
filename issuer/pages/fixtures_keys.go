package pages

// keys lists the pages about keys in every state.
func (f fixtures) keys(problems []string) []Fixture {
	t := f.text
	frame := f.managed(keysURL, "keys")
	row := func(state string) KeyRow {
		return KeyRow{ID: "did:web:badges.openschool.example#es256-" + state, Algorithm: "ES256", State: state, CreatedAt: f.at, UsedFrom: f.at}
	}
	retired, withdrawn, held := row("retired"), row("withdrawn"), row("active")
	retired.RetiredAt, withdrawn.WithdrawnAt, withdrawn.CompromisedAt, held.Holder = f.at, f.at, f.at, "remote"
	stop := &StopView{f.at, t("Olga"), t("A key may be stolen")}
	school := IssuerKeys{ID: "iss_1", Name: t("Open School Nairobi"), Keys: []KeyRow{row("next"), held, retired, withdrawn}, MayChange: true, Waiting: true}
	stopped, looked := school, school
	stopped.Stop, looked.MayChange = stop, false
	rotate := RotatePage{Frame: frame, Issuer: "iss_1", Name: t("Open School Nairobi"), Keys: []KeyRow{held}}
	waiting := rotate
	waiting.Waiting, waiting.Problems = true, problems
	withdraw := WithdrawPage{Frame: frame, Issuer: "iss_1", Name: t("Open School Nairobi"), Key: held, From: "2026-11-24T09:30"}
	planned, wrong := withdraw, withdraw
	planned.Planned, planned.Believed, planned.Lost, planned.Statements, planned.More = true, 120, 3, 2, true
	wrong.Problems, wrong.From = problems, t("b")
	again := ReissuePage{Frame: frame, Issuer: "iss_1", Name: t("Open School Nairobi"), Key: withdrawn, Done: 312, Believed: 1790, Stay: 2,
		Statements: []string{t("rec_1"), "end_2"}}
	part, unsure := again, again
	part.Did, part.More, part.Done, part.Cursor, part.All, part.Statements = true, true, 200, t("200"), true, nil
	unsure.Problems, unsure.Believed = problems, 0
	return []Fixture{
		{"keys-reissue", "planned", again}, {"keys-reissue", "half done", part}, {"keys-reissue", "wrong", unsure},
		{"keys", "in use", KeysPage{Frame: frame, Issuers: []IssuerKeys{school}, MayStop: true}},
		{"keys", "stopped", KeysPage{Frame: frame, Issuers: []IssuerKeys{stopped}, MayStop: true, Everyone: stop}},
		{"keys", "of a viewer", KeysPage{Frame: frame, Issuers: []IssuerKeys{looked, {ID: "iss_2", Name: t("Library")}}, Problems: problems}},
		{"keys", "empty", KeysPage{Frame: frame}},
		{"keys-rotate", "asked", rotate}, {"keys-rotate", "wrong", waiting},
		{"keys-withdraw", "asked", withdraw}, {"keys-withdraw", "planned", planned}, {"keys-withdraw", "wrong", wrong},
	}
}

func (f fixtures) trust(problems []string) []Fixture {
	t := f.text
	frame := f.managed(trustURL, "trust")
	view := TrustView{Configured: true, Editable: true, Issuers: []TrustRow{
		{ID: "did:web:university.example", Name: t("University"), From: "2020-01-01", Types: []string{"Course"}},
		{ID: "did:web:closed.example", Until: "2024-06-30", Ended: true},
		{ID: "did:web:Closed.example", Types: []string{t("Corse")},
			Doubts: []TrustDoubt{{Word: "unresolvable"}, {"lookalike", t("did:web:closed.example"), true}, {Word: "type_unknown"}}},
	}, Follows: []TrustFollowed{
		{URL: "https://ministry.example/trust-list.jwt", Signer: "did:web:ministry.example", Usable: true, Issuers: 212, Until: f.at},
		{URL: t("https://union.example/trust-list.jwt"), Signer: t("did:web:union.example"), Problem: t("the list expired")},
	}}
	view.Published = []TrustFollowed{
		{URL: "https://badges.openschool.example/issuers/open-school/trust-list.jwt", Signer: "did:web:badges.openschool.example", Usable: true, Soon: true,
			Issuers: 7, Until: f.at},
		{URL: t("https://badges.openschool.example/issuers/library/trust-list.jwt"), Signer: "did:web:badges.openschool.example:issuers:library"},
	}
	foreign := view
	foreign.Editable = false
	return []Fixture{
		{"trust", "in use", TrustPage{Frame: frame, TrustView: view}},
		{"trust", "written by hand", TrustPage{Frame: frame, TrustView: foreign}},
		{"trust", "wrong", TrustPage{Frame: frame, TrustView: TrustView{Configured: true, Editable: true}, Problems: problems, ID: t("a"), Name: t("b"), From: t("c"),
			Until: t("d"), Types: t("e")}},
		{"trust", "in doubt", TrustPage{Frame: frame, TrustView: view, ID: t("did:web:universlty.example"), Name: t("University"), Doubts: []TrustDoubt{
			{"lookalike", t("did:web:university.example"), true}, {"confusable", "", true}, {Word: "same_name", Other: t("did:web:university.example")},
		}}},
		{"trust", "not configured", TrustPage{Frame: frame}},
	}
}

func (f fixtures) tokens(problems []string) []Fixture {
	t := f.text
	frame := f.managed(tokensURL, "tokens")
	issuers := []Option{{everyIssuer, "", ""}, {"iss_1", t("Open School Nairobi"), ""}}
	var scopes []ScopeChoice
	for i, s := range []string{"award", "read", "revoke", "issue", "admin"} {
		scopes = append(scopes, ScopeChoice{s, i < 2})
	}
	rows := []TokenRow{
		{"tok_1", t("Moodle"), t("Open School Nairobi"), "active", []string{"award", "read"}, t("Olga"), f.at, f.at.AddDate(1, 0, 0)},
		{"tok_2", t("Old"), "", "revoked", []string{"admin"}, "cli", f.at, f.at}, {"tok_3", t("B"), "", "expired", []string{"read"}, "", f.at, f.at},
	}
	return []Fixture{
		{"tokens", "in use", TokensPage{Frame: frame, Tokens: rows, Issuers: issuers, Scopes: scopes}},
		{"tokens", "made", TokensPage{Frame: frame, Tokens: rows[:1], Issuers: issuers, Scopes: scopes, Secret: "laurel_x"}},
		{"tokens", "wrong", TokensPage{Frame: frame, Issuers: issuers, Scopes: scopes, Problems: problems, Name: t("A"), For: "iss_1", Expires: t("b")}},
		{"tokens", "empty", TokensPage{Frame: frame, Issuers: issuers, Scopes: scopes}},
	}
}
