package credential

import "github.com/go-json-experiment/json/jsontext"

// AchievementSubject is who earned what, and how.
type AchievementSubject struct {
	ID                string               `json:"id,omitzero"`
	Type              List[string]         `json:"type,omitempty"`
	ActivityStartDate string               `json:"activityStartDate,omitzero"`
	ActivityEndDate   string               `json:"activityEndDate,omitzero"`
	CreditsEarned     *float64             `json:"creditsEarned,omitzero"`
	Achievement       *Achievement         `json:"achievement,omitzero"`
	Identifier        List[IdentityObject] `json:"identifier,omitempty"`
	Image             *Image               `json:"image,omitzero"`
	LicenseNumber     Text                 `json:"licenseNumber,omitzero"`
	Narrative         Text                 `json:"narrative,omitzero"` // Markdown
	Result            List[Result]         `json:"result,omitempty"`
	Role              Text                 `json:"role,omitzero"`
	Source            *Profile             `json:"source,omitzero"`
	Term              Text                 `json:"term,omitzero"`
	Extra             jsontext.Value       `json:",embed"`
}

// Achievement is what can be earned.
type Achievement struct {
	ID                string                      `json:"id,omitzero"`
	Type              List[string]                `json:"type,omitempty"`
	Name              Text                        `json:"name,omitzero"`
	Description       Text                        `json:"description,omitzero"`
	Criteria          *Criteria                   `json:"criteria,omitzero"`
	AchievementType   string                      `json:"achievementType,omitzero"` // one of the 31 terms, or "ext:…"
	Alignment         List[Alignment]             `json:"alignment,omitempty"`
	Creator           *Profile                    `json:"creator,omitzero"`
	CreditsAvailable  *float64                    `json:"creditsAvailable,omitzero"`
	Endorsement       List[EndorsementCredential] `json:"endorsement,omitempty"`
	EndorsementJWT    List[string]                `json:"endorsementJwt,omitempty"`
	FieldOfStudy      Text                        `json:"fieldOfStudy,omitzero"`
	HumanCode         Text                        `json:"humanCode,omitzero"`
	Image             *Image                      `json:"image,omitzero"`
	InLanguage        string                      `json:"inLanguage,omitzero"`
	OtherIdentifier   List[IdentifierEntry]       `json:"otherIdentifier,omitempty"`
	Related           List[Related]               `json:"related,omitempty"`
	ResultDescription List[ResultDescription]     `json:"resultDescription,omitempty"`
	Specialization    Text                        `json:"specialization,omitzero"`
	Tag               List[Text]                  `json:"tag,omitempty"`
	Version           Text                        `json:"version,omitzero"`
	Extra             jsontext.Value              `json:",embed"`
}

// Criteria is what one must do to earn an achievement. It should have an ID or a Narrative.
type Criteria struct {
	ID        string         `json:"id,omitzero"`
	Narrative Text           `json:"narrative,omitzero"` // Markdown
	Extra     jsontext.Value `json:",embed"`
}

// Alignment links an achievement or a result to an entry of a framework.
type Alignment struct {
	Type              List[string]   `json:"type,omitempty"`
	TargetName        Text           `json:"targetName,omitzero"`
	TargetURL         string         `json:"targetUrl,omitzero"`
	TargetCode        Text           `json:"targetCode,omitzero"`
	TargetDescription Text           `json:"targetDescription,omitzero"`
	TargetFramework   Text           `json:"targetFramework,omitzero"`
	TargetType        string         `json:"targetType,omitzero"` // one of the 7 terms, or "ext:…"
	Extra             jsontext.Value `json:",embed"`
}

// Evidence is something that shows that an achievement was earned.
type Evidence struct {
	ID          string         `json:"id,omitzero"`
	Type        List[string]   `json:"type,omitempty"`
	Name        Text           `json:"name,omitzero"`
	Description Text           `json:"description,omitzero"`
	Narrative   Text           `json:"narrative,omitzero"` // Markdown
	Genre       Text           `json:"genre,omitzero"`
	Audience    Text           `json:"audience,omitzero"`
	Extra       jsontext.Value `json:",embed"`
}

// Result is a grade, score or status that was reached. ResultDescription and AchievedLevel are ids inside the achievement.
type Result struct {
	Type              List[string]    `json:"type,omitempty"`
	ResultDescription string          `json:"resultDescription,omitzero"`
	Value             Text            `json:"value,omitzero"`
	Status            string          `json:"status,omitzero"` // one of the 7 terms
	AchievedLevel     string          `json:"achievedLevel,omitzero"`
	Alignment         List[Alignment] `json:"alignment,omitempty"`
	Extra             jsontext.Value  `json:",embed"`
}

// ResultDescription says what kind of result an award can carry.
type ResultDescription struct {
	ID                   string                     `json:"id,omitzero"`
	Type                 List[string]               `json:"type,omitempty"`
	Name                 Text                       `json:"name,omitzero"`
	ResultType           string                     `json:"resultType,omitzero"` // one of the 12 terms, or "ext:…"
	AllowedValue         List[Text]                 `json:"allowedValue,omitempty"`
	RequiredLevel        string                     `json:"requiredLevel,omitzero"`
	RequiredValue        Text                       `json:"requiredValue,omitzero"`
	RubricCriterionLevel List[RubricCriterionLevel] `json:"rubricCriterionLevel,omitempty"`
	ValueMin             Text                       `json:"valueMin,omitzero"`
	ValueMax             Text                       `json:"valueMax,omitzero"`
	Alignment            List[Alignment]            `json:"alignment,omitempty"`
	Extra                jsontext.Value             `json:",embed"`
}

// RubricCriterionLevel is one level of a rubric.
type RubricCriterionLevel struct {
	ID          string          `json:"id,omitzero"`
	Type        List[string]    `json:"type,omitempty"`
	Name        Text            `json:"name,omitzero"`
	Description Text            `json:"description,omitzero"`
	Level       Text            `json:"level,omitzero"`
	Points      Text            `json:"points,omitzero"`
	Alignment   List[Alignment] `json:"alignment,omitempty"`
	Extra       jsontext.Value  `json:",embed"`
}

// Related is another achievement that belongs to this one. When it is an Achievement, too, by its Type, it says of itself what
// an achievement says: so the same achievement stands here in another language (InLanguage), within the signature.
type Related struct {
	ID                string                  `json:"id,omitzero"`
	Type              List[string]            `json:"type,omitempty"`
	InLanguage        string                  `json:"inLanguage,omitzero"`
	Version           Text                    `json:"version,omitzero"`
	Name              Text                    `json:"name,omitzero"`
	Description       Text                    `json:"description,omitzero"`
	Criteria          *Criteria               `json:"criteria,omitzero"`
	FieldOfStudy      Text                    `json:"fieldOfStudy,omitzero"`
	Image             *Image                  `json:"image,omitzero"`
	ResultDescription List[ResultDescription] `json:"resultDescription,omitempty"`
	Tag               List[Text]              `json:"tag,omitempty"`
	Extra             jsontext.Value          `json:",embed"`
}

// Image is a picture and, in Caption, the text that stands in for it.
type Image struct {
	ID      string         `json:"id,omitzero"`
	Type    Single[string] `json:"type,omitempty"`
	Caption Text           `json:"caption,omitzero"`
	Extra   jsontext.Value `json:",embed"`
}
