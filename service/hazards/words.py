"""What categories of hazards are called on pages for the public."""

from service.hazards.rules import Category

CATEGORY_NAMES = {
    Category.FIRE: "消防",
    Category.GAS: "燃气",
    Category.ELECTRICAL: "用电",
    Category.SPECIAL_EQUIPMENT: "特种设备",
    Category.HAZARDOUS_CHEMICALS: "危险化学品",
    Category.AMMONIA: "涉氨制冷",
    Category.CONFINED_SPACE: "有限空间",
    Category.DUST: "粉尘",
    Category.CONSTRUCTION: "施工",
    Category.MANAGEMENT: "安全管理",
    Category.OTHER: "其他",
}
